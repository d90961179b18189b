#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "command/help.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command commands[] = {
    {"apply", "[DIR…]", "deploy what the sources state",
        "Runs the sources of the configuration, compares what they state with what kanto-cm has,\n"
        "makes the difference go away, and reports what it did. With DIR, the manifests in these\n"
        "folders are the desired ones, and no configuration file is needed.\n",
        0, -1, OPTION_CONFIG | OPTION_OUTPUT | OPTION_RETRY, command_apply},
    {"plan", "[DIR…]", "show what apply would do, and do nothing",
        "Exit status 0: nothing to do; 2: changes are pending; 1: something is wrong.\n", 0, -1,
        OPTION_CONFIG | OPTION_OUTPUT, command_plan},
    {"validate", "FILE…", "check manifests, with the place of every mistake",
        "Refuses what kanto-cm would refuse, and warns of what would fail at the start. Needs\n"
        "no kanto-cm and no configuration.\n",
        1, -1, 0, command_validate},
    {"convert", "FILE", "print a manifest in the other dialect",
        "The dialects are kanto-cm's internal state (id, name, mounts) and its container files\n"
        "(container_id, container_name, mount_points). Without --to: the other one.\n",
        1, 1, OPTION_DIALECT, command_convert},
    {"plugin", "list | show NAME | new NAME DIR | check FILE.so [-- KEY=VALUE…]",
        "list, show, make and check source plugins",
        "list               what is installed\n"
        "show NAME          one's settings; NAME is a plugin's name, or the path of its .so file\n"
        "new NAME DIR       a working source to start from, copied to DIR under its own name\n"
        "check FILE.so -- KEY=VALUE…\n"
        "                   check it: its file, what loading it does, the contract of the\n"
        "                   interface, and how it behaves with these settings; docs/plugins.md "
        "says\n"
        "                   what each check demands, and why. --timeout bounds one life of it "
        "(30s).\n"
        "                   Exit status 1: a check failed\n",
        1, -1, OPTION_CONFIG | OPTION_OUTPUT, command_plugin},
};
const size_t command_count = countof(commands);

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int misuse(const char *what)
{
    diagnose_problem(SEVERITY_ERROR, "", what);
    fputs("Try: kanto-deployer --help\n", stderr);
    return EXIT_MISUSE;
}

static int unknown(const char *name)
{
    const char *names[countof(commands)];
    for (size_t i = 0; i < command_count; i++)
        names[i] = commands[i].name;
    const char *near = nearest_word(name, names, command_count);
    struct error err = {0};
    error_set(&err, ERROR_USAGE,
        "found command \"%.60s\", expected one of apply, plan, validate, "
        "convert, plugin%s%s%s",
        name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return misuse(err.text);
}

static int wrong_count(const struct command *command, int count)
{
    struct error err = {0};
    error_set(&err, ERROR_USAGE, "%s: found %d argument%s, expected %s", command->name, count,
        count == 1 ? "" : "s", command->arguments);
    return misuse(err.text);
}

/* What is printed is all that most commands do. `apply` has done more, and its report lies in the
 * state folder too. */
static int end(const struct command *command, const struct options *options, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    bool more = command->run == command_apply && !options->json;
    diagnose_problem(more ? SEVERITY_WARNING : SEVERITY_ERROR, "",
        "standard output cannot be written: what was printed is not whole");
    return code == EXIT_DONE && !more ? EXIT_FAILED : code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options options = {0};
    struct error err = {0};
    if (options_read(argc, argv, command->options, &options, &err) < 0)
        return misuse(err.text);
    if (options.help)
        return help_command(command);
    if (options.version)
        return help_version();
    if (options.argument_count < command->least ||
        (command->most >= 0 && options.argument_count > command->most))
        return wrong_count(command, options.argument_count);
    return end(command, &options, command->run(&options));
}

int main(int argc, char **argv)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = memory_taken, .free_fn = free});
    if (argc < 2) {
        help_program(stderr);
        return EXIT_MISUSE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help_program(stdout);
    if (strcmp(argv[1], "--version") == 0)
        return help_version();
    const struct command *command = find(argv[1]);
    return command ? run(command, argc - 2, argv + 2) : unknown(argv[1]);
}
