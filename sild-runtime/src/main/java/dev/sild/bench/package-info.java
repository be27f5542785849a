/** How fast it is: the yardstick jobs, held against what the device can do at best. */
package dev.sild.bench;
