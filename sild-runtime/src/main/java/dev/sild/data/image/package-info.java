/**
 * Images of the user's: folders, zips and CelebA as its authors publish it. They are found ({@link
 * dev.sild.data.image.ImageSet}), cropped, resized and decoded once into a file of bytes, and drawn
 * from there through the memory map.
 *
 * <p>Every image becomes 8-bit sRGB, (3, size, size): grey ones three times the same, transparent
 * ones over white, CMYK by its profile or, without one, by (255 − C)(255 − K)/255. Profiles in
 * JPEGs are applied, those in PNGs not; neither is EXIF's orientation: CelebA and its like store
 * pixels upright.
 */
package dev.sild.data.image;
