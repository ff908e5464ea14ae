/** The seam between processors and board: what each side may ask of the other, nothing more. */
package io.github.bitterling.vmx.bus;
