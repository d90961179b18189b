/* The simulation's time. It follows the machine's, and can be pushed ahead: what is due on the way
 * happens in order, so hours of back-off cost milliseconds. One thread. */
#ifndef KD_SIM_CLOCK_H
#define KD_SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    int64_t due_ms;
    void (*fire)(void *context);
    void *context;
    struct timer *next;
    bool set;
};

struct clock {
    bool stands; /* moves by clock_advance and clock_jump alone */
    int64_t offset_ms;
    int64_t hurry;        /* what would take that many milliseconds takes one; 0: as 1 */
    struct timer *timers; /* by due time; of equal ones the older first */
};

/* Milliseconds since 1970. `at_least_ms`: what a former run had reached. */
void clock_init(struct clock *clock, bool stands, int64_t at_least_ms);
int64_t clock_now(const struct clock *clock);
/* How much of a process's life that is. */
int64_t clock_since(const struct clock *clock, int64_t then_ms);

/* The timer is its owner's and must outlive its wait. A set one is moved. */
void clock_set(struct clock *clock, struct timer *timer, int64_t in_ms, void (*fire)(void *context),
    void *context);
void clock_unset(struct clock *clock, struct timer *timer);

void clock_run(struct clock *clock);                 /* fires what is due */
void clock_advance(struct clock *clock, int64_t ms); /* and what becomes due within that time */
bool clock_jump(struct clock *clock);                /* to the next timer; false: there is none */
int64_t clock_wait_ms(const struct clock *clock);    /* until the next timer; negative: none */

/* Nothing happens any more: what is set is forgotten, due or not. */
void clock_stop(struct clock *clock);

/* RFC 3339 with nanoseconds, as Go prints it; free() it. */
char *clock_text(const struct clock *clock);

#endif
