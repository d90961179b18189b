/* Where a path really leads. kanto-cm, and what it starts, follow links as root: a grant is for what
 * is at their end. */
#ifndef KD_MODEL_REACH_H
#define KD_MODEL_REACH_H

/* The absolute path without links that it means, as far as anything of it is there; what is not
 * there yet stays as it is written, also behind a link that leads to nothing. free() it. NULL, with
 * errno set: nobody can tell (too many links, too long, a folder that must not be looked into). */
char *reach_resolve(const char *path);

#endif
