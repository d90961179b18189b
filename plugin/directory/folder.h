/* The folders below the source's own: which entries are one, also through a symbolic link, and that
 * each is read once, whichever ways lead to it. */
#ifndef KD_DIRECTORY_FOLDER_H
#define KD_DIRECTORY_FOLDER_H

#include "source.h"

#include <stddef.h>
#include <sys/types.h>

#define FOLDERS_MAX 10000

/* Those that were opened so far. Zero-initialised is none. */
struct folders {
    struct folder {
        dev_t device;
        ino_t inode;
    } * items;
    size_t count, capacity;
};

enum entry {
    ENTRY_FOLDER, /* or a symbolic link to one */
    ENTRY_BROKEN, /* a symbolic link that leads nowhere now, or what cannot be looked at: it may be
                     either */
    ENTRY_OTHER,
};
enum entry folder_entry(int folder, const char *name);

enum opened {
    OPENED,
    OPENED_ALREADY, /* it is among `folders` */
    OPENED_NOT,     /* it belongs to the set and cannot be read: the set is not whole */
};
/* Opens the folder `name` of `folder`, at that depth below the source's, and adds it. The problem is
 * a sentence, of OPENED_NOT alone. */
/* Why it could not be opened: the error, or what is the matter with a link. */
void folder_explain(const struct source *source, int folder, const char *name, int error,
    char problem[PROBLEM_SIZE]);

enum opened folder_open(const struct source *source, int folder, const char *name, unsigned depth,
    struct folders *folders, int *ret_fd, char problem[PROBLEM_SIZE]);

/* Adds the folder that is open. False: it was there, there are FOLDERS_MAX, or no memory. */
bool folders_add(struct folders *folders, int fd);
void folders_finish(struct folders *folders);

/* Whether what is open lies in the source's folder, its links resolved. */
bool folder_holds(const struct source *source, int fd);

#endif
