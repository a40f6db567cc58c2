// A program of another DDS vendor, made from the IDL that `mort idl` prints: takes a message from
// one topic, changes every field, and writes it to another. Ends when the other side has gone.
//   cyclone_peer DOMAIN IN OUT
#include <dds/dds.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include MESSAGE_HEADER

enum { kSeconds = 60 };  // a test that fails does not leave it behind

static dds_entity_t checked(dds_entity_t entity, const char* what) {
  if (entity < 0) {
    fprintf(stderr, "cyclone_peer: %s: %s\n", what, dds_strretcode(-entity));
    exit(1);
  }
  return entity;
}

static void answer(dds_entity_t writer, const MESSAGE* in) {
  MESSAGE out = *in;
  out.ok = !in->ok;
  out.small = (int8_t)-in->small;
  out.flags = (uint16_t)~in->flags;
  out.count = in->count + 1;
  out.value = in->value * 2;
  const char* suffix = " from Cyclone";
  out.name = malloc(strlen(in->name) + strlen(suffix) + 1);
  strcpy(out.name, in->name);
  strcat(out.name, suffix);
  out.values._buffer = malloc((in->values._length + 1) * sizeof(int32_t));
  for (uint32_t i = 0; i < in->values._length; ++i)
    out.values._buffer[i] = in->values._buffer[in->values._length - 1 - i];
  out.grade = (in->grade + 1) % 3;
  out.where.x = in->where.y;
  out.where.y = (float)in->where.x;
  checked(dds_write(writer, &out), "write");
  free(out.name);
  free(out.values._buffer);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const dds_entity_t participant =
      checked(dds_create_participant((dds_domainid_t)atoi(argv[1]), NULL, NULL), "participant");
  dds_qos_t* qos = dds_create_qos();
  dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(1));
  dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, 10);
  const dds_entity_t in =
      checked(dds_create_topic(participant, &DESCRIPTOR, argv[2], qos, NULL), "topic");
  const dds_entity_t out =
      checked(dds_create_topic(participant, &DESCRIPTOR, argv[3], qos, NULL), "topic");
  const dds_entity_t writer = checked(dds_create_writer(participant, out, qos, NULL), "writer");
  const dds_entity_t reader = checked(dds_create_reader(participant, in, qos, NULL), "reader");
  dds_delete_qos(qos);
  dds_set_status_mask(reader, DDS_DATA_AVAILABLE_STATUS | DDS_SUBSCRIPTION_MATCHED_STATUS);
  const dds_entity_t waitset = checked(dds_create_waitset(participant), "waitset");
  checked(dds_waitset_attach(waitset, reader, 0), "attach");

  bool had_peer = false;
  const dds_time_t end = dds_time() + DDS_SECS(kSeconds);
  while (dds_time() < end) {
    dds_waitset_wait(waitset, NULL, 0, DDS_MSECS(100));
    uint32_t status = 0;
    dds_take_status(reader, &status, DDS_DATA_AVAILABLE_STATUS);
    void* samples[1] = {NULL};
    dds_sample_info_t info;
    while (dds_take(reader, samples, &info, 1, 1) > 0) {
      if (info.valid_data) answer(writer, samples[0]);
      dds_return_loan(reader, samples, 1);
    }
    dds_subscription_matched_status_t matched;
    dds_get_subscription_matched_status(reader, &matched);
    if (had_peer && matched.current_count == 0) break;
    had_peer = had_peer || matched.current_count > 0;
  }
  dds_delete(participant);
  return 0;
}
