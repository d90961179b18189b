/* Frames as a person writes them, so that the fuzzer need not guess lengths: a line a frame, its
 * type's number first, then its fields; one that begins with # is a number, @ is the build. Input that begins with
 * a zero byte is the bytes themselves. */
#ifndef KD_TESTS_FUZZ_FRAMES_H
#define KD_TESTS_FUZZ_FRAMES_H

#include "base/text.h"

#include <stdint.h>

void frames_make(const uint8_t *bytes, size_t length, struct text *out);

#endif
