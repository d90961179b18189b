/* --help and --version, from the tables of commands, options and configuration keys. */
#ifndef KD_COMMAND_HELP_H
#define KD_COMMAND_HELP_H

#include "command/command.h"

#include <stdio.h>

/* Each returns EXIT_DONE. */
int help_program(FILE *stream);
int help_command(const struct command *command);
int help_version(void);

#endif
