#include "command/help.h"

#include "config/config.h"

#include <string.h>

int help_version(void)
{
    puts("kanto-deployer " KD_VERSION);
    return EXIT_DONE;
}

int help_program(FILE *stream)
{
    fputs("kanto-deployer: keeps the containers of Eclipse Kanto as its manifests say\n\n"
          "Usage: kanto-deployer COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n",
        stream);
    for (size_t i = 0; i < command_count; i++) {
        int used = fprintf(stream, "  %s %s", commands[i].name, commands[i].arguments);
        /* … is one column and three bytes */
        used -= strstr(commands[i].arguments, "…") ? 2 : 0;
        fprintf(stream, "%*s%s\n", used < 28 ? 28 - used : 2, "", commands[i].summary);
    }
    fputs("\n  kanto-deployer COMMAND --help says more; --version prints the version.\n\n"
          "Sources of manifests are configured in " CONFIG_FILE ".\n"
          "Without a configuration: kanto-deployer apply FOLDER\n\n"
          "Exit status: 0 done, 1 a container, manifest or source failed, 2 plan: changes are\n"
          "pending, 3 kanto-cm is not reachable, 4 the configuration is wrong, 5 apply: a source\n"
          "had no answer, and nothing is kept of it, 64 misuse.\n",
        stream);
    return EXIT_DONE;
}

int help_command(const struct command *command)
{
    printf("kanto-deployer %s: %s\n\nUsage: kanto-deployer %s [OPTION…] %s\n\n%s\nOptions:\n",
        command->name, command->summary, command->name, command->arguments, command->details);
    options_print(command->options);
    return EXIT_DONE;
}
