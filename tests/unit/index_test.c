/* The hash table, against a list that is searched from its beginning. */
#include "base/index.h"

#include "base/cleanup.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS  40
#define PAIRS 600
#define TURNS 20000

static void finish(struct index *index)
{
    index_finish(index);
}

START_TEST(an_empty_one_finds_nothing)
{
    struct index index = {0};
    size_t value = 7;
    ck_assert(!index_find(&index, "web", &value));
    ck_assert(!index_remove(&index, "web", 0));
    ck_assert_uint_eq(value, 7);
    index_finish(&index);
    index_finish(NULL);
}
END_TEST

START_TEST(ten_thousand_names_are_found_and_no_other)
{
    static char names[10000][24];
    scoped(finish) struct index index = {0};
    for (size_t i = 0; i < countof(names); i++) {
        snprintf(names[i], sizeof(names[i]), "container-%zu", i);
        index_put(&index, names[i], i);
    }
    for (size_t i = 0; i < countof(names); i++) {
        char copy[24];
        size_t value = 0;
        memcpy(copy, names[i], sizeof(copy)); /* found by its text, not its address */
        ck_assert_msg(index_find(&index, copy, &value), "%s is not found", copy);
        ck_assert_uint_eq(value, i);
    }
    ck_assert(!index_find(&index, "container-10000", &(size_t){0}));
    ck_assert(!index_find(&index, "container-", &(size_t){0}));
    ck_assert(!index_find(&index, "", &(size_t){0}));
}
END_TEST

static struct {
    const char *key;
    size_t value;
} pairs[PAIRS];
static size_t count;

/* The values of a key are the model's, in its order. */
static void expect_same(const struct index *index, const char *key)
{
    size_t at = 0, value = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].key, key) != 0)
            continue;
        ck_assert_msg(index_next(index, key, &at, &value), "%s: %zu is missing", key, i);
        ck_assert_uint_eq(value, pairs[i].value);
    }
    ck_assert_msg(!index_next(index, key, &at, &value), "%s: %zu is too many", key, value);
}

static void take_out(struct index *index, size_t which)
{
    const char *key = pairs[which].key;
    size_t first = 0;
    while (strcmp(pairs[first].key, key) != 0 || pairs[first].value != pairs[which].value)
        first++;
    ck_assert(index_remove(index, key, pairs[which].value));
    memmove(&pairs[first], &pairs[first + 1], (--count - first) * sizeof(*pairs));
}

/* Keys with several values, put and taken out in any order, while the table grows and runs go round
 * its end. */
START_TEST(it_does_what_a_list_does)
{
    static char keys[KEYS][8];
    scoped(finish) struct index index = {0};
    unsigned random = (unsigned)_i + 1;
    count = 0;
    for (size_t i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof(keys[i]), "%zu", i);
    for (size_t turn = 0; turn < TURNS; turn++) {
        const char *key = keys[(size_t)rand_r(&random) % KEYS];
        if (count > 0 && (count == PAIRS || rand_r(&random) % 5 < 2)) {
            take_out(&index, (size_t)rand_r(&random) % count);
        } else {
            pairs[count].key = key;
            pairs[count].value = (size_t)rand_r(&random) % 4;
            index_put(&index, key, pairs[count++].value);
        }
        expect_same(&index, key);
        ck_assert_uint_eq(index.count, count);
    }
    while (count > 0)
        take_out(&index, count - 1);
    ck_assert_uint_eq(index.count, 0);
    for (size_t i = 0; i < index.capacity; i++)
        ck_assert_ptr_null(index.slots[i].key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *cases = tcase_create("index");
    tcase_add_test(cases, an_empty_one_finds_nothing);
    tcase_add_test(cases, ten_thousand_names_are_found_and_no_other);
    tcase_add_loop_test(cases, it_does_what_a_list_does, 0, 3);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
