/* What the tests do to a real daemon between their runs. */
#ifndef KD_TESTS_SYSTEM_REAL_H
#define KD_TESTS_SYSTEM_REAL_H

/* Removes all its containers; the test fails when they cannot be removed. */
void real_remove_everything(const char *socket);

#endif
