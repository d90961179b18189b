/* The commands of kanto-deployer: one static table gives dispatch and help their words. */
#ifndef KD_COMMAND_COMMAND_H
#define KD_COMMAND_COMMAND_H

#include "command/options.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,    /* a container, a manifest or a source failed */
    EXIT_PENDING = 2,   /* plan: changes are pending */
    EXIT_NO_DAEMON = 3, /* kanto-cm is not reachable */
    EXIT_BAD_CONFIG = 4,
    EXIT_NOT_YET = 5, /* apply: a source had no answer, and nothing is kept of it: run it again */
    EXIT_MISUSE = 64,
};

struct command {
    const char *name;
    const char *arguments;                     /* as help shows them: "[DIR…]" */
    const char *summary;                       /* one line */
    const char *details;                       /* what `COMMAND --help` says beyond it */
    int least, most;                           /* arguments; most < 0: any number */
    unsigned options;                          /* OPTION_… groups it takes, see options.h */
    int (*run)(const struct options *options); /* returns an exit_code, has printed everything */
};

extern const struct command commands[];
extern const size_t command_count;

int command_apply(const struct options *options);
int command_plan(const struct options *options);
int command_validate(const struct options *options);
int command_convert(const struct options *options);
int command_plugin(const struct options *options);

#endif
