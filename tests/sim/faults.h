/* The switches that make the simulation slow, young or wrong. */
#ifndef KD_SIM_FAULTS_H
#define KD_SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_MAX 16

struct fault {
    const char *method;  /* "Create" */
    const char *holds;   /* part of the id, name or image; "" fits all */
    const char *message; /* the refusal */
};

struct faults {
    bool young; /* behaves as in its first seconds */
    int64_t began_ms;
    struct {
        const char *method;
        int64_t ms;
    } latencies[FAULTS_MAX];
    size_t latency_count;
    struct fault fails[FAULTS_MAX];
    size_t fail_count;
};

/* METHOD=MS; METHOD[:HOLDS]=MESSAGE. The text is cut in place. Negative: it is not of that form. */
int faults_add_latency(struct faults *faults, char *text);
int faults_add_fail(struct faults *faults, char *text);

int64_t faults_latency(const struct faults *faults, const char *method);
/* The refusal for this call, or NULL. Any of id, name and image may be NULL. */
const char *faults_refusal(const struct faults *faults, const char *method, const char *id,
    const char *name, const char *image);

/* The first List of a young daemon is empty, and Start answers that its network is not up
 * (recorded: start-during-boot, restart-early-calls). */
bool faults_list_is_empty(const struct faults *faults);
bool faults_network_is_down(const struct faults *faults);

#endif
