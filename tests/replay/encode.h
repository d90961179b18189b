/* Protobuf JSON with the proto's field names to a message, by the descriptors. */
#ifndef KD_REPLAY_ENCODE_H
#define KD_REPLAY_ENCODE_H

#include <cjson/cJSON.h>
#include <protobuf-c/protobuf-c.h>

/* protobuf_c_message_free_unpacked it. Keys that the message does not have, and values of another
 * type, end the program with a word: a recording is at fault. */
ProtobufCMessage *encode_message(const ProtobufCMessageDescriptor *descriptor, const cJSON *object);

#endif
