/* Frames between the host and its loader: a length, a type, fields. Both ends ship together and
 * compare a build id first; all the same the loader shares its address space with a plugin, so the
 * host trusts no byte of it. */
#ifndef KD_FRAME_FRAME_H
#define KD_FRAME_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BUILD  "kanto-deployer-frames-5"
#define FRAME_FD     3                     /* the loader's end */
#define FRAME_MAX    ((size_t)1200 * 1024) /* bytes of a payload: one item and its names */
#define FRAME_HEADER 8
#define FRAME_FIELD  5 /* bytes of a field beside its own */

/* The most bytes of fields that the plugin interface has no limit for. */
#define FRAME_WORD_MAX    1023          /* a build, a user, a probe's name */
#define FRAME_PATH_MAX    4095          /* of the plugin, and of what it may read */
#define FRAME_PATHS_MAX   1000          /* of those in a job */
#define FRAME_SETTING_MAX (64u * 1024u) /* the text of a setting */

enum frame_type {
    /* host → loader */
    FRAME_JOB = 1, /* build, plugin path, user, describe only ("1"/""), revision, memo, probe, stay,
              sandbox ("1"/""), network, uid, how many paths, each of them */
    FRAME_SETTING, /* name, type, text, number; a descriptor comes along for KD_TYPE_FILE */
    FRAME_GO,      /* the settings are complete */
    /* loader → host */
    FRAME_HELLO,    /* build */
    FRAME_PHASE,    /* number */
    FRAME_REFUSED,  /* sentence: not loaded */
    FRAME_DESCRIBE, /* id, version, description, flags, flags of the note */
    FRAME_INFO,     /* a setting's name, type, flags, fallback, has fallback, help */
    FRAME_DESCRIBED,
    FRAME_LOG,      /* level, text */
    FRAME_ITEM,     /* key, origin, revision, bytes */
    FRAME_ERROR,    /* key, origin, text */
    FRAME_REVISION, /* text */
    FRAME_MEMO,     /* bytes */
    FRAME_NEXT,     /* milliseconds */
    FRAME_CHANGED,
    FRAME_RESULT, /* what reconcile (or a failing init) returned */
    FRAME_DONE,
    FRAME_FINDING, /* of `plugin check`, from the probe only: kind, check, text */
    /* host → loader that stays. Between FRAME_GO and the plugin's result nothing is sent but
     * FRAME_END, so that a readable descriptor means "cancelled" to the plugin. */
    FRAME_AGAIN, /* revision, memo: another reconcile */
    FRAME_END,   /* shutdown, and go */
    FRAME_TYPES
};

/* Which sockets a plugin may open. */
enum frame_network {
    FRAME_NETWORK_DECLARED, /* INTERNET where its note says KD_NOTE_NETWORK, else NONE */
    FRAME_NETWORK_NONE,
    FRAME_NETWORK_INTERNET,
    FRAME_NETWORK_ALL,
};

/* How a line begins that the helper logs, or prints, of its own. */
#define FRAME_LACKS   "sandbox: this machine offers " /* what is done without */
#define FRAME_STOPPED "sandbox: stopped "             /* a system call of the plugin's */

enum frame_finding {
    FOUND_OK,
    FOUND_WARNING,
    FOUND_FAILED,
    FOUND_SKIPPED,
    FOUND_TRYING,  /* text: what it does to the plugin now, should that be its end */
    FOUND_MEASURE, /* check: what was measured; text: a whole number */
    FOUND_KINDS
};

/* What the plugin is at, for whoever must say where it died. */
enum frame_phase {
    PHASE_START,
    PHASE_LOAD,
    PHASE_DESCRIBE,
    PHASE_INIT,
    PHASE_RECONCILE,
    PHASE_IDLE, /* it stays, between two reconciles */
    PHASE_SHUTDOWN,
    PHASE_END,
    PHASE_COUNT
};

/* A frame that is being written. Too large: `overflow`, and sending it fails. */
struct frame_out {
    unsigned char *bytes;
    size_t length, capacity;
    bool overflow;
};
void frame_begin(struct frame_out *out, enum frame_type type);
void frame_put(struct frame_out *out, const void *bytes, size_t length);
void frame_put_text(struct frame_out *out, const char *text); /* NULL is "" */
void frame_put_number(struct frame_out *out, int64_t number);
/* Blocking; handles short writes. fd_to_pass < 0: none. 0, or a negative errno. */
int frame_send(struct frame_out *out, int fd, int fd_to_pass);
void frame_out_finish(struct frame_out *out);

/* A frame that was read. Fields are taken in order, each with the most bytes that it may have; one
 * that is not there, or is longer, sets `bad`. Texts end with a zero. */
struct frame_in {
    enum frame_type type;
    const unsigned char *at, *end;
    bool bad;
};
/* Never NULL; a zero byte is behind it. */
const void *frame_take(struct frame_in *in, size_t most, size_t *ret_length);
/* "" when bad, or when a zero is inside. */
const char *frame_take_text(struct frame_in *in, size_t most);
int64_t frame_take_number(struct frame_in *in);
/* Whether all of it was taken, and all of it was good; else `bad` is set. */
bool frame_taken(struct frame_in *in);

/* Bytes that came from a descriptor, cut into frames. */
struct frame_buffer {
    unsigned char *bytes;
    size_t length, used, capacity;
};
/* Reads what is there. Bytes read, 0 at the end, negative errno (-EAGAIN: nothing now). A passed
 * descriptor goes to *ret_fd when that is < 0. -EPROTO: one came where none belongs (ret_fd is NULL,
 * or has one already), or more than one; all of them are closed. */
long frame_fill(struct frame_buffer *buffer, int fd, int *ret_fd);
/* The same from memory. 0, or -ENOMEM. */
int frame_buffer_add(struct frame_buffer *buffer, const void *bytes, size_t length);
/* The next whole frame: 1; 0: more bytes are needed; -1: no frame (length or type out of bounds,
 * *ret_found is what was found). The frame's bytes live until the next frame_fill. */
int frame_next(struct frame_buffer *buffer, struct frame_in *ret_in, uint32_t *ret_found);
void frame_buffer_finish(struct frame_buffer *buffer);

#endif
