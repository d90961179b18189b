/* The order in which people sort names. */
#ifndef KD_BASE_NATURAL_H
#define KD_BASE_NATURAL_H

/* strcmp, but runs of digits count as numbers: a2 before a10. 0 for equal texts only. */
int natural_compare(const char *a, const char *b);

#endif
