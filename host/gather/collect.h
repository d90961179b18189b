/* From what the sources state to the desired set: parses their manifests, holds them against what
 * was granted, gives each its terms, and decides who wins a name. */
#ifndef KD_GATHER_COLLECT_H
#define KD_GATHER_COLLECT_H

#include "config/config.h"
#include "gather/gathered.h"
#include "gather/sources.h"
#include "source/source.h"

/* `sets`: one of each source, in the order of the configuration; only read. *ret_gathered copies
 * all it needs, and is for gathered_finish. Whatever is wrong is among its findings.
 *
 * It takes at most as long for each source as its deadline says (gather/budget.h), and ends soon
 * when the options' `cancelled` says so: then it is of no use, but for gathered_finish. What there
 * was no time or room for is rejected. */
void collect(const struct config *config, const struct sources *sources,
    const struct source_set *sets, struct gathered *ret_gathered);

#endif
