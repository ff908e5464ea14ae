/** The intermediate representation: knows nothing of x86 encodings or the JVM. */
package io.github.bitterling.ir;
