/**
 * The hypervisor's configuration file, as {@code flash build} and {@code flash verify} check it.
 */
package io.github.bitterling.flash.hypervisor;
