#include "bundle/bundle.h"

#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CA_BYTES_MAX ((uint64_t)1 << 20)
#define FILE_MAX     ((int64_t)256 << 20)

void bundle_policy_init(struct bundle_policy *policy)
{
    *policy = (struct bundle_policy){.max_file = 64u << 20,
        .max_total = 64u << 20,
        .max_bytes = KD_ITEM_BYTES_MAX,
        .max_members = KD_ITEMS_MAX,
        .max_ratio = 250};
}

/* The index of the text among the words, or -1 with err filled. */
static int take_word(
    const struct kd_setting *setting, const char *const *words, int count, struct error *err)
{
    char expected[128] = "";
    for (int i = 0; i < count; i++) {
        size_t at = strlen(expected);
        if (strcmp(setting->text, words[i]) == 0)
            return i;
        snprintf(expected + at, sizeof(expected) - at, "%s%s",
            i == 0          ? ""
            : i + 1 < count ? ", "
                            : " or ",
            words[i]);
    }
    return error_set(err, ERROR_INVALID, "%s: found \"%.100s\", expected %s", setting->name,
        setting->text, expected);
}

static int take_words(
    struct bundle_policy *policy, const struct kd_setting *setting, struct error *err)
{
    static const char *const verify_words[] = {"no", "required"};
    static const char *const purposes[] = {"codesign", "smime", "any"};
    static const char *const times[] = {"clock", "strict", "signing"};
    int word = 0;
    if (strcmp(setting->name, "verify") == 0) {
        if ((word = take_word(setting, verify_words, 2, err)) < 0)
            return -1;
        policy->verify = word;
        policy->verify_said = true;
    } else if (strcmp(setting->name, "verify_purpose") == 0) {
        if ((word = take_word(setting, purposes, 3, err)) < 0)
            return -1;
        policy->purpose = (enum bundle_purpose)word;
    } else if (strcmp(setting->name, "verify_time") == 0) {
        if ((word = take_word(setting, times, 3, err)) < 0)
            return -1;
        policy->time = (enum bundle_time)word;
    } else {
        return 0;
    }
    return 1;
}

static int take_ca(
    struct bundle_policy *policy, const struct kd_setting *setting, struct error *err)
{
    void *bytes = NULL;
    size_t length = 0;
    struct error why;
    int result = bundle_file_read(
        setting->fd, CA_BYTES_MAX, "a file of certificates", &bytes, &length, &why);
    if (result == 0)
        result = verify_read_ca(policy, bytes, length, &why);
    free(bytes);
    return result == 0
               ? 1
               : error_set(err, why.kind, "verify_ca: %.200s: %.500s", setting->text, why.text);
}

/* At least 1; what is more than this program can bear is its most. */
static int take_number(
    const struct kd_setting *setting, int64_t most, uint64_t *ret_number, struct error *err)
{
    if (setting->number < 1)
        return error_set(err, ERROR_INVALID, "%s: found %lld, expected at least 1", setting->name,
            (long long)setting->number);
    *ret_number = (uint64_t)(setting->number < most ? setting->number : most);
    return 1;
}

static int take_count(
    const struct kd_setting *setting, int64_t most, uint32_t *ret_count, struct error *err)
{
    uint64_t number = 0;
    if (take_number(setting, most, &number, err) < 0)
        return -1;
    *ret_count = (uint32_t)number;
    return 1;
}

int bundle_policy_take(
    struct bundle_policy *policy, const struct kd_setting *setting, struct error *err)
{
    const char *name = setting->name;
    if (strcmp(name, "verify_ca") == 0)
        return take_ca(policy, setting, err);
    if (strcmp(name, "max_file") == 0)
        return take_number(setting, FILE_MAX, &policy->max_file, err);
    if (strcmp(name, "max_total") == 0)
        return take_number(setting, FILE_MAX, &policy->max_total, err);
    if (strcmp(name, "max_bytes") == 0)
        return take_number(setting, KD_ITEM_BYTES_MAX, &policy->max_bytes, err);
    if (strcmp(name, "max_members") == 0)
        return take_count(setting, KD_ITEMS_MAX, &policy->max_members, err);
    if (strcmp(name, "max_ratio") == 0)
        return take_count(setting, INT32_MAX, &policy->max_ratio, err);
    if (strcmp(name, "accept_older") == 0) {
        policy->accept_older = setting->number != 0;
        return 1;
    }
    return take_words(policy, setting, err);
}

int bundle_policy_check(struct bundle_policy *policy, struct error *err)
{
    if (!policy->verify_said)
        policy->verify = policy->ca != NULL;
    if (policy->verify && !policy->ca)
        return error_set(err, ERROR_INVALID,
            "verify: found required without verify_ca, expected the certificates to verify by");
    return verify_digest_policy(policy, err);
}

void bundle_policy_finish(struct bundle_policy *policy)
{
    verify_free_ca(policy);
}
