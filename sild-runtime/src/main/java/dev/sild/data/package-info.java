/**
 * What is trained on: images, vectors and manifolds with known answers, and the files they come in.
 *
 * <p>Everything here is host-side Java. Arrays in a record belong to the record: nobody writes to
 * them. What is wrong with a user's file is said in one line by {@link dev.sild.UserException},
 * what is wrong with one of our own files by {@link dev.sild.data.CorruptFileException}.
 */
package dev.sild.data;
