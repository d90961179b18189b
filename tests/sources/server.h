/* Servers of the distribution, started on free ports of the loopback with all files in a test's
 * folder. */
#ifndef KD_TESTS_SERVER_H
#define KD_TESTS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* Where a program lies, or NULL after printing "left out: WHAT (PROGRAM is not installed)". */
const char *server_find(const char *program, const char *what);

/* A port that was free a moment ago. */
int server_port(void);

/* Starts a program (arguments end with NULL), output to FOLDER/NAME.log, and waits until it accepts
 * at the port. Fails the test when it does not. */
pid_t server_start(const char *folder, const char *name, const char *const *arguments, int port);
/* Lines of FOLDER/LOG that have both texts. A server writes its log when the client has its answer
 * already: what is expected to be there is waited for. */
int server_logged(const char *folder, const char *log, const char *a, const char *b);
void server_wait_logged(
    const char *folder, const char *log, const char *a, const char *b, int count);
/* Ends it with SIGTERM, and reaps it. */
void server_stop(pid_t pid);

#endif
