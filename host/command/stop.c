#include "command/stop.h"

#include "command/command.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void say(const char *text, size_t length)
{
    ssize_t ignored = write(STDERR_FILENO, text, length);
    (void)ignored;
}

static void on_signal(int number)
{
    static const char first[] = "\nkanto-deployer: finishing the calls that are in flight; nothing "
                                "new begins. Once more: leave at once.\n";
    static const char second[] = "\nkanto-deployer: left in the middle of a call; the next pass "
                                 "mends what that broke.\n";
    (void)number;
    if (asked) {
        say(second, sizeof(second) - 1);
        _exit(EXIT_FAILED);
    }
    asked = 1;
    say(first, sizeof(first) - 1);
}

void stop_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void *unused)
{
    (void)unused;
    return asked != 0;
}
