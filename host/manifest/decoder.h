/* What the parts of the reading of one manifest share: where it stands, what was reported about it. */
#ifndef KD_MANIFEST_DECODER_H
#define KD_MANIFEST_DECODER_H

#include "manifest/diagnostic.h"
#include "manifest/document.h"
#include "model/field.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>

struct decoder {
    struct document *document;
    uint32_t root; /* the manifest's object */
    enum dialect dialect;
    struct diagnostics *diagnostics;
    unsigned
        quiet; /* > 0: within a result field; nothing is reported, what does not fit is left out */
    size_t errors;
};

enum decoder_mark { MARK_VALUE, MARK_KEY };

/* Adds a diagnostic about a node. An error also marks the node as wrong, so that nothing that
 * follows from it is reported again. */
void decoder_report(struct decoder *decoder, enum severity severity, uint32_t node,
    enum decoder_mark mark, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds "found VALUE, expected …" as an error. */
void decoder_mismatch(struct decoder *decoder, uint32_t node, const char *expected);

/* The manifest's object → container (its fields must be empty). */
void decode_container(struct decoder *decoder, Kanto__Container *container);

/* One value of a field that is no message: false when it is absent or wrong (reported). *ret_value is
 * the field's C type; a string is the caller's. */
bool decode_scalar(struct decoder *decoder, uint32_t node, const struct field_rule *rule,
    const ProtobufCFieldDescriptor *field, void *ret_value);

/* Members whose key stands in its object already are errors, and wrong. All levels. */
void decode_find_duplicates(struct decoder *decoder);

/* Which dialect the keys of the manifest's object belong to; both: a warning. */
void decode_find_dialect(struct decoder *decoder);

/* The field that a member's key means, or NULL after telling what is known there. */
const ProtobufCFieldDescriptor *decode_find_field(
    struct decoder *decoder, const ProtobufCMessageDescriptor *message, uint32_t node);

/* Findings of model/check.h → diagnostics at the position of their path. A finding about something
 * that is wrong already is dropped. `context` is the decoder. */
void decoder_finding(void *context, const struct finding *finding);

#endif
