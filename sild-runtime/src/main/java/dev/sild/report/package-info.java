/**
 * What a run tells people: {@link dev.sild.report.Table} on a terminal, and {@link
 * dev.sild.report.Report}, one HTML file that needs nothing else, with tables, images and {@link
 * dev.sild.report.Plot}s.
 *
 * <p>Plots are written as SVG elements that take their colours from the page: they follow a dark or
 * a printed page, and need neither a display nor fonts on the machine that writes them.
 */
package dev.sild.report;
