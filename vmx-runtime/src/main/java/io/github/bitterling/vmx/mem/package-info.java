/** Guest memory and the software TLB. */
package io.github.bitterling.vmx.mem;
