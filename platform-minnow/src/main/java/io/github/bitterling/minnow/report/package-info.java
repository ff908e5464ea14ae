/** The report of a boot: JSON file, table and page. */
package io.github.bitterling.minnow.report;
