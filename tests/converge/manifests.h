/* What a history desires at the moment: manifests by chance, in two sources, and the conf. */
#ifndef KD_CONVERGE_MANIFESTS_H
#define KD_CONVERGE_MANIFESTS_H

#include "chance.h"
#include "stage.h"

#define NAMES_MAX 5
#define SOURCES   2

/* What becomes of a container that was made from it. */
enum fate { FATE_RUNS, FATE_ENDS, FATE_FAILS };

#define PORT_FIRST 8080

struct spec {
    bool there;
    unsigned image, policy, memory;
    bool id;
    unsigned port; /* of the host, PORT_FIRST + port - 1; 0: none */
    int peer;      /* whose host name it wants to know; -1: nobody's */
};

/* How a source is for the moment. */
enum health {
    HEALTH_WELL,
    HEALTH_AWAY,   /* its folder is not there */
    HEALTH_SYNTAX, /* one of its files cannot be read */
};

struct wanted {
    struct chance *chance;
    unsigned names; /* how many there are */
    struct spec specs[SOURCES][NAMES_MAX];
    bool prune[SOURCES];
    enum health health[SOURCES];
    unsigned unreadable[SOURCES]; /* HEALTH_SYNTAX: whose file */
    unsigned section[SOURCES];    /* how often its section got another name */
    bool carries[SOURCES];        /* and whether it says so (renamed_from) */
    bool can_carry;               /* the program knows that key */
    bool keeps_ports;             /* nothing exchanges them */
    bool orphans;                 /* a section got another name and does not say so */
    bool blocked[NAMES_MAX];      /* whose port somebody has who keeps it */
    bool start_first[NAMES_MAX];
    int with[NAMES_MAX];  /* restart_with; -1: nobody */
    int after[NAMES_MAX]; /* likewise */
    unsigned edited;      /* whose manifest was changed last */
    bool hold;
};

const char *wanted_name(unsigned name);
/* NAMES_MAX: it is none of them. */
unsigned wanted_index(const char *name);

void wanted_begin(struct wanted *wanted, struct chance *chance);
/* One edit, deletion, move, or change of the conf; told in the stage's notes. */
void wanted_change(struct wanted *wanted, struct stage *stage);
/* What a source suffers, or gets over. */
void wanted_disturb(struct wanted *wanted, struct stage *stage);
void wanted_mend(struct wanted *wanted); /* all of them are well */
/* Whether it says what it wants: one that is unreadable may be there no more. */
bool wanted_is_source_whole(const struct wanted *wanted, unsigned source);
bool wanted_is_whole(const struct wanted *wanted);
/* All manifests and the conf as files. */
void wanted_write(const struct wanted *wanted, struct stage *stage);

/* The image of one that runs, without its registry. */
const char *wanted_image(unsigned index);
#define WANTED_GOOD_IMAGES 5

/* The manifest that counts for that name, or NULL. */
const struct spec *wanted_spec(const struct wanted *wanted, unsigned name);
/* What must become of that name, what it waits for included. */
enum fate wanted_fate(const struct wanted *wanted, unsigned name);
/* The same, but for what could be changed in place. */
bool wanted_is_but_for_place(const struct spec *spec, const Kanto__Container *container);
/* As spec.port. */
unsigned wanted_port_of(const Kanto__Container *container);
/* Whether it is of a kind that runs until somebody stops it. */
bool wanted_is_solid(const Kanto__Container *container);
bool wanted_twice(const struct wanted *wanted); /* a name is in both sources */
/* Whether the container was made from the manifest that counts. */
bool wanted_is(const struct spec *spec, const Kanto__Container *container);

#endif
