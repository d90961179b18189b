/* The pass as it runs. On a terminal a line a container, redrawn in place: waiting, pulling,
 * starting, running, failed, with the elapsed time; of more containers than lines the settled ones
 * make room first. In a pipe one plain line for each thing that happens. */
#ifndef KD_REPORT_VIEW_H
#define KD_REPORT_VIEW_H

#include "story/story.h"

#include <stdbool.h>

struct view;

/* `live`: redraw in place with terminal sequences on fd (colour too). Otherwise plain lines. */
struct view *view_create(int fd, bool live, bool colour, bool verbose);

/* A story_listener; the context is the view. */
void view_listen(void *view, const struct stories *stories, size_t index, enum story_event event);

/* A line above the picture, which follows with the next event; `line` is printed as it is. False:
 * it is not live (or NULL), and nothing is printed. */
bool view_say(struct view *view, const char *line);
/* Somebody else is about to print: the picture stays where it is, and the next one comes below. NULL:
 * nothing. */
void view_leave(struct view *view);

/* Leaves the last picture on the screen, gives the cursor back. NULL: nothing. */
void view_destroy(struct view *view);

#endif
