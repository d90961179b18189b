/* How bad it is, for everything that is reported: findings in manifests, what a source logs, problems of
 * a command. */
#ifndef KD_BASE_SEVERITY_H
#define KD_BASE_SEVERITY_H

enum severity { /* in this order */
    SEVERITY_NOTE,
    SEVERITY_WARNING,
    SEVERITY_ERROR,
};

const char *severity_word(enum severity severity);   /* note, warning, error */
const char *severity_colour(enum severity severity); /* the sequence that a terminal obeys */

#endif
