#include "manifest/json.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX ((size_t)1 << 30)
#define NO_COMMA   SIZE_MAX

enum expected {
    EXPECT_VALUE,
    EXPECT_KEY,
    EXPECT_FIRST_VALUE, /* or the array's end */
    EXPECT_FIRST_KEY,   /* or the object's end */
    EXPECT_COMMA,       /* or the end of what is open */
    EXPECT_END,
};

struct parser {
    struct scanner scanner;
    struct json json;
    uint32_t open; /* the innermost object or array */
    uint32_t last; /* its last child so far */
    uint32_t key_begin, key_end;
    size_t comma; /* offset, when the last word was one */
    size_t nesting, max_nesting;
};

static struct json_node *open_node(struct parser *parser)
{
    return parser->open == JSON_NONE ? NULL : &parser->json.nodes[parser->open];
}

static uint32_t add_node(struct parser *parser, enum json_type type)
{
    struct json *json = &parser->json;
    memory_grow(&json->nodes, &json->capacity, json->count, sizeof(*json->nodes));
    uint32_t index = (uint32_t)json->count++;
    json->nodes[index] = (struct json_node){
        .begin = (uint32_t)parser->scanner.at,
        .key_begin = parser->key_begin,
        .key_end = parser->key_end,
        .parent = parser->open,
        .child = JSON_NONE,
        .next = JSON_NONE,
        .type = (uint8_t)type,
    };
    parser->key_begin = parser->key_end = 0;
    struct json_node *parent = open_node(parser);
    if (parent)
        json->nodes[index].index = parent->count++;
    if (parser->last != JSON_NONE)
        json->nodes[parser->last].next = index;
    else if (parent)
        parent->child = index;
    parser->last = index;
    return index;
}

static int after_value(const struct parser *parser)
{
    return parser->open == JSON_NONE ? EXPECT_END : EXPECT_COMMA;
}

static int begin_container(struct parser *parser, enum json_type type)
{
    struct scanner *scanner = &parser->scanner;
    if (parser->nesting >= parser->max_nesting)
        return scanner_fail(scanner, scanner->at, scanner->at + 1,
            "found more than %zu levels of objects and arrays, expected fewer",
            parser->max_nesting);
    parser->open = add_node(parser, type);
    parser->last = JSON_NONE;
    parser->nesting++;
    scanner->at++;
    return type == JSON_OBJECT ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
}

static int end_container(struct parser *parser)
{
    struct json_node *node = open_node(parser);
    node->end = (uint32_t)++parser->scanner.at;
    parser->last = parser->open;
    parser->open = node->parent;
    parser->nesting--;
    return after_value(parser);
}

static int scan_word(struct parser *parser, enum json_type type)
{
    static const char *const words[] = {
        [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
    uint32_t index = add_node(parser, type);
    int failed = type == JSON_STRING   ? scanner_string(&parser->scanner)
                 : type == JSON_NUMBER ? scanner_number(&parser->scanner)
                                       : scanner_literal(&parser->scanner, words[type]);
    if (failed)
        return failed;
    parser->json.nodes[index].end = (uint32_t)parser->scanner.at;
    return after_value(parser);
}

static int trailing_comma(struct parser *parser, const char *expected)
{
    return scanner_fail(&parser->scanner, parser->comma, parser->comma + 1,
        "trailing comma: found %c after it, expected %s", scanner_peek(&parser->scanner), expected);
}

static int expect_value(struct parser *parser)
{
    int byte = scanner_peek(&parser->scanner);
    if (parser->comma != NO_COMMA && byte == ']')
        return trailing_comma(parser, "a value");
    parser->comma = NO_COMMA;
    switch (byte) {
    case '{':
        return begin_container(parser, JSON_OBJECT);
    case '[':
        return begin_container(parser, JSON_ARRAY);
    case '"':
        return scan_word(parser, JSON_STRING);
    case 't':
        return scan_word(parser, JSON_TRUE);
    case 'f':
        return scan_word(parser, JSON_FALSE);
    case 'n':
        return scan_word(parser, JSON_NULL);
    default:
        if (byte == '-' || (byte >= '0' && byte <= '9'))
            return scan_word(parser, JSON_NUMBER);
        return scanner_unexpected(&parser->scanner, "a value");
    }
}

static int expect_key(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    if (parser->comma != NO_COMMA && scanner_peek(scanner) == '}')
        return trailing_comma(parser, "a key");
    parser->comma = NO_COMMA;
    if (scanner_peek(scanner) != '"')
        return scanner_unexpected(scanner, "a key in double quotes");
    parser->key_begin = (uint32_t)scanner->at;
    if (scanner_string(scanner) < 0)
        return -1;
    parser->key_end = (uint32_t)scanner->at;
    scanner_blanks(scanner);
    if (scanner_peek(scanner) != ':')
        return scanner_unexpected(scanner, ": after the key");
    scanner->at++;
    return EXPECT_VALUE;
}

static size_t line_of(const struct scanner *scanner, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += scanner->bytes[i] == '\n';
    return line;
}

static int expect_comma(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    const struct json_node *node = open_node(parser);
    char closing = node->type == JSON_OBJECT ? '}' : ']';
    if (scanner_peek(scanner) == closing)
        return end_container(parser);
    if (scanner_peek(scanner) == ',') {
        parser->comma = scanner->at++;
        return node->type == JSON_OBJECT ? EXPECT_KEY : EXPECT_VALUE;
    }
    char expected[80];
    snprintf(expected, sizeof(expected), "a comma or %c (for the %c of line %zu)", closing,
        scanner->bytes[node->begin], line_of(scanner, node->begin));
    return scanner_unexpected(scanner, expected);
}

static int step(struct parser *parser, enum expected expected)
{
    struct scanner *scanner = &parser->scanner;
    scanner_blanks(scanner);
    switch (expected) {
    case EXPECT_FIRST_VALUE:
        return scanner_peek(scanner) == ']' ? end_container(parser) : expect_value(parser);
    case EXPECT_FIRST_KEY:
        return scanner_peek(scanner) == '}' ? end_container(parser) : expect_key(parser);
    case EXPECT_VALUE:
        return expect_value(parser);
    case EXPECT_KEY:
        return expect_key(parser);
    case EXPECT_COMMA:
        return expect_comma(parser);
    case EXPECT_END:
        break;
    }
    return scanner_unexpected(scanner, "the end of the file");
}

static int parse(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    if (scanner->length > LENGTH_MAX)
        return scanner_fail(scanner, 0, 0, "found more than 1 GiB");
    if (scanner->length >= 3 && memcmp(scanner->bytes, "\xef\xbb\xbf", 3) == 0)
        return scanner_fail(scanner, 0, 3,
            "found a byte order mark, expected { or [ (save the file as UTF-8 without BOM)");
    int expected = EXPECT_VALUE;
    do {
        expected = step(parser, (enum expected)expected);
        if (expected < 0)
            return expected;
        if (expected == EXPECT_END)
            scanner_blanks(scanner);
    } while (expected != EXPECT_END || scanner->at < scanner->length);
    return 0;
}

int json_parse(const char *bytes, size_t length, size_t max_nesting, struct json *ret_json,
    struct json_problem *ret_problem)
{
    struct parser parser = {
        .scanner = {.bytes = bytes, .length = length, .problem = ret_problem},
        .json = {.bytes = bytes, .length = length},
        .open = JSON_NONE,
        .last = JSON_NONE,
        .comma = NO_COMMA,
        .max_nesting = max_nesting,
    };
    if (parse(&parser) < 0) {
        json_finish(&parser.json);
        return -1;
    }
    *ret_json = parser.json;
    return 0;
}

void json_finish(struct json *json)
{
    free(json->nodes);
    *json = (struct json){0};
}
