/* Values that are lists: items with blanks between them. Private to the room. */
#ifndef KD_CONFIG_LIST_H
#define KD_CONFIG_LIST_H

#include "config/config.h"

/* Names of containers; none is fine. What was there stays on failure. */
int list_set(const char *text, struct config_list *list, struct error *err);

/* no, yes, or items as the type (TYPE_PATHS to TYPE_RUNTIMES) wants them. */
int list_grant(
    enum config_type type, const char *text, struct config_grant *grant, struct error *err);

void list_finish(struct config_list *list);

#endif
