/** Processor models as data: what differs between one processor and another. */
package io.github.bitterling.vmx.model;
