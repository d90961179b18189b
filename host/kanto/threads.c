#include "kanto/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 12 /* gRPC starts up to ten */
#define END_S   10

/* Each stays until all were started. */
static void *wait_for_all(void *door)
{
    pthread_mutex_lock(door);
    pthread_mutex_unlock(door);
    return NULL;
}

int threads_check(struct error *err)
{
    pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREADS];
    int count = 0, failed = 0;
    pthread_mutex_lock(&door);
    while (count < THREADS && !failed) {
        failed = pthread_create(&threads[count], NULL, wait_for_all, &door);
        count += !failed;
    }
    pthread_mutex_unlock(&door);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    if (failed)
        return error_errno(err, failed, "found no room for a thread, expected it for %d", THREADS);
    return 0;
}

static void on_alarm(int number)
{
    static const char words[] = "error: gRPC did not end within 10 s; everything else is done\n";
    ssize_t ignored = write(STDERR_FILENO, words, sizeof(words) - 1);
    (void)number;
    (void)ignored;
    _exit(EXIT_FAILURE);
}

void threads_end(void (*end)(void *context), void *context)
{
    struct sigaction action = {.sa_handler = on_alarm}, former;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, &former);
    alarm(END_S);
    end(context);
    alarm(0);
    sigaction(SIGALRM, &former, NULL);
}
