/** ELF files as far as stages and payloads need them: loadable segments and the entry. */
package io.github.bitterling.flash.elf;
