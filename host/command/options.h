/* The command line: options, then arguments. Every key of [deployer] is an option too. */
#ifndef KD_COMMAND_OPTIONS_H
#define KD_COMMAND_OPTIONS_H

#include "base/error.h"
#include "gather/configure.h"
#include "model/field.h"

#include <stdbool.h>
#include <stddef.h>

/* Groups of options that a command takes. */
#define OPTION_CONFIG  1u /* --config and the keys of [deployer] */
#define OPTION_OUTPUT  2u /* --output */
#define OPTION_DIALECT 4u /* --to */
#define OPTION_RETRY   8u /* --retry */

#define OPTION_OVERRIDES_MAX 32

struct options {
    const char *config; /* --config, or NULL */
    struct config_override overrides[OPTION_OVERRIDES_MAX];
    size_t override_count;
    const char *retry[64]; /* --retry: names; borrowed from argv */
    size_t retry_count;
    bool json; /* --output json */
    bool verbose;
    bool help;
    bool version;
    bool has_dialect; /* --to was given */
    enum dialect dialect;
    char **arguments; /* borrowed from argv */
    int argument_count;
};

/* What they say of the configuration; borrows from them. */
struct configure_options options_configure(const struct options *options);

/* Reads argv[0..] (without the program's and the command's names). `groups` are the options that
 * the command takes. ERROR_USAGE with what was found, what was expected and the nearest option. */
int options_read(
    int argc, char **argv, unsigned groups, struct options *ret_options, struct error *err);

/* The help text's list of options of these groups, to standard output. */
void options_print(unsigned groups);

#endif
