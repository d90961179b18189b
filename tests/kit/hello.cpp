// A source plugin in C++, to hold the header against a second language.
#include <kanto-deployer/source.h>

#include <string>

KD_SOURCE_NOTE;

namespace
{
struct hello {
    std::string json;
};

extern "C" {
int32_t init(const kd_host *, const kd_setting *settings, uint32_t count, void **state)
{
    hello *made = new hello{};
    for (uint32_t i = 0; i < count; i++)
        made->json = std::string("{\"image\": {\"name\": \"") + settings[i].text + "\"}}";
    *state = made;
    return KD_OK;
}

int32_t reconcile(void *state, const kd_have *, kd_out *out)
{
    const hello *made = static_cast<const hello *>(state);
    kd_item item = {sizeof(kd_item), 0, "hello.json", "built in", "1", made->json.data(),
        made->json.size()};
    return out->put(out->ctx, &item) ? KD_FATAL : KD_COMPLETE;
}

void shutdown(void *state)
{
    delete static_cast<hello *>(state);
}
}

const kd_setting_info settings[] = {{sizeof(kd_setting_info), KD_TYPE_STRING, KD_SETTING_REQUIRED,
    0, "image", nullptr, "the image to run"}};

const kd_source table = {sizeof(kd_source), 0, "hello_cpp", "1", "says hello in C++", settings, 1,
    0, init, reconcile, shutdown, nullptr};
} // namespace

const kd_source *kd_source_v1(void)
{
    return &table;
}
