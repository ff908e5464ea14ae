/** Local APICs and the bus between them (SDM volume 3, chapter 11). */
package io.github.bitterling.vmx.apic;
