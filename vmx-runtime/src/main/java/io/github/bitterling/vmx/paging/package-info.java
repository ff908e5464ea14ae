/** Address translation, the TLB banks and every memory access beyond a TLB hit. */
package io.github.bitterling.vmx.paging;
