/* One helper process while it works: what it has said so far, and what became of it. Private to the
 * room. */
#ifndef KD_SOURCE_INTAKE_H
#define KD_SOURCE_INTAKE_H

#include "base/index.h"
#include "frame/frame.h"
#include "source/source.h"

#include <kanto-deployer/source.h>

#include <poll.h>
#include <sys/types.h>

struct described_setting {
    char *name;
    uint32_t type, flags;
    char *fallback; /* NULL: none */
    char *help;
};

struct kept;

struct intake {
    const struct source_options *options;
    const struct kept *kept; /* what is kept of the source, or NULL */
    bool describe_only;
    bool stay;   /* a resident one lives on after its result (watch.c) */
    bool held;   /* its settings wait for source_run's word */
    bool waits;  /* it has sent its result, and nobody asked again */
    bool ending; /* FRAME_END was sent */
    pid_t pid;   /* 0: never started, or reaped */
    int frames;  /* -1: closed */
    int output;  /* the plugin's standard output and error; -1: closed */
    int process; /* a pidfd of the helper; -1: none */
    int64_t began_ms, until_ms;
    struct frame_buffer buffer;
    enum frame_phase phase;
    bool hello;
    bool described_all; /* DESCRIBED came */
    bool settled;       /* RESULT came */
    bool changed;       /* CHANGED came */
    size_t idle_frames;
    bool done;          /* DONE came: a clean end */
    bool over;          /* nothing more is expected */
    size_t total_bytes; /* of what states the set; KD_SET_BYTES_MAX */
    size_t output_bytes;
    char *id, *version, *description;
    uint32_t flags, note_flags;
    struct described_setting *described;
    size_t described_count, described_capacity;
    struct source_set set;
    struct index keys; /* of the set's items */
};

/* Takes one frame. 0; negative: the helper must end, and set.reason says why. May answer on
 * intake->frames. */
int intake_take(struct intake *intake, struct frame_in *in);
/* Bytes that the plugin printed; of a reconcile no more than this is kept. */
#define INTAKE_OUTPUT_MAX ((size_t)64 << 10)
void intake_output(struct intake *intake, const char *bytes, size_t length);
/* The set is not usable: result and reason (the first one stays). Items are dropped. */
void intake_fail(struct intake *intake, enum source_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The set stays as it is, and this is reported: what the plugin did after it had stated all. */
void intake_fault(struct intake *intake, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void intake_finish(struct intake *intake); /* all but the set */

const char *intake_phase_words(enum frame_phase phase); /* "in reconcile" */

/* description.c. Negative: the row breaks a rule, and intake_fail was called. */
void description_take(struct intake *intake, struct frame_in *in);
int description_take_setting(struct intake *intake, struct frame_in *in);
void description_finish(struct intake *intake);

/* mistakes.c: holds the conf's settings against the described table. Negative: set.mistakes has all
 * that is wrong, and intake_fail was called. A file that cannot be opened is none of them: it may be
 * there tomorrow. */
int mistakes_find(struct intake *intake);

/* settings.c: types the settings by the described table and sends them. Negative: intake_fail was
 * called. */
int settings_send(struct intake *intake);
const char *settings_type_word(uint32_t type);
/* What was expected, when the text is no value of the type; NULL when it is one. Of a path and a
 * file only the name is looked at. *ret_number may be written in any case. */
const char *settings_read(uint32_t type, const char *text, int64_t *ret_number);
/* The conf's setting of that name, or NULL. */
const struct source_setting *settings_find(const struct source_options *options, const char *name);

/* helper.c: the process itself. Negative: intake_fail was called. */
int helper_start(struct intake *intake);
/* Another reconcile of one that stays. */
int helper_ask_again(struct intake *intake);
/* Kills it with all of its process group, reaps it, and finds the reason of an end that was not
 * clean. */
void helper_end(struct intake *intake);

/* pump.c: takes what is there in frames, as if a helper had sent the bytes. Negative: it must end,
 * or has come to its end (`done`). For tests; nothing is written back where intake->held. */
int pump_bytes(struct intake *intake, const void *bytes, size_t length);

/* What is waited for: its two descriptors and the end of its process. Takes what is there, and ends
 * it when its time or its process is over, whoever else still holds its descriptors. `over` is set
 * when nothing more comes. */
#define PUMP_POLLS 3
void pump_wait_for(const struct intake *intake, struct pollfd polls[PUMP_POLLS]);
void pump(struct intake *intake, const struct pollfd polls[PUMP_POLLS], int64_t now);
/* Asks the plugin for its end, by cancelled() and a last frame; a second later it is killed. */
void pump_ask_for_end(struct intake *intake, int64_t now);

/* source.c: runs them all until each is over. */
void source_run(struct intake *intakes, size_t count);
/* Finds what is kept of the source, for `have` and for source_settle. */
void source_load(struct intake *intake, struct kept *ret_kept);
/* Keeps what is complete, and serves what is not from `kept`, if source_load found it. */
void source_settle(struct intake *intake, struct kept *kept);

#endif
