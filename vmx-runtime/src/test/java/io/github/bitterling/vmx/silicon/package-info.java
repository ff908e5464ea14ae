/** Single instructions compared between the interpreter and the host's own processor. */
package io.github.bitterling.vmx.silicon;
