/* An earlier failure as text: when and why, how it ended, its last lines. Private to the room. */
#ifndef KD_REPORT_FORMER_H
#define KD_REPORT_FORMER_H

#include "base/text.h"
#include "story/story.h"

/* Lines, each behind the margin; nothing where `former` is NULL. */
void former_add(struct text *out, const struct former_failure *former, const char *margin);

#endif
