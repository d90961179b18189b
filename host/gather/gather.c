#include "gather/gather.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "gather/collect.h"

int gather(const struct config *config, const struct sources_options *options,
    struct gathered *ret_gathered, struct error *err)
{
    struct sources sources;
    if (sources_prepare(config, options, &sources, err) < 0)
        return -1;
    scoped_free struct source_set *sets = memory_zeroed(sources.count, sizeof(*sets));
    sources_run(&sources, sets);
    int result = sources_check(&sources, sets, err);
    if (result == 0)
        collect(config, &sources, sets, ret_gathered);
    for (size_t i = 0; i < sources.count; i++)
        source_set_finish(&sets[i]);
    sources_finish(&sources);
    return result;
}
