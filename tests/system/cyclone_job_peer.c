// A program of another DDS vendor beside a running job, made from the IDL that `mort idl` prints
// for that job: writes a topic that a task reads, and reads what the task answers. Checks the
// answers.
//   cyclone_job_peer DOMAIN MEASURED JUDGED COUNT
#include <dds/dds.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include MESSAGE_HEADER

enum { kSeconds = 100, kMostBytes = 200000 };  // a test that fails does not leave it behind

static dds_entity_t checked(dds_entity_t entity, const char* what) {
  if (entity < 0) {
    fprintf(stderr, "cyclone_job_peer: %s: %s\n", what, dds_strretcode(-entity));
    exit(1);
  }
  return entity;
}

/// Some messages are larger than a datagram.
static uint32_t bytes_of(uint32_t number) {
  return number % 10 == 3 ? kMostBytes : number % 50;
}

static void measure(dds_entity_t writer, uint32_t number, bool last) {
  static uint8_t bytes[kMostBytes];
  char name[32];
  snprintf(name, sizeof name, "sensor %u", number);
  memset(bytes, (int)(number % 7), sizeof bytes);
  MEASURED message;
  memset(&message, 0, sizeof message);
  message.number = number;
  message.last = last;
  message.value = number / 4.0;
  message.name = name;
  message.grade = number % 3;
  message.where.x = number;
  message.where.y = -0.5F;
  message.bytes._length = message.bytes._maximum = bytes_of(number);
  message.bytes._buffer = bytes;
  checked(dds_write(writer, &message), "write");
}

static bool is_right(const JUDGED* judged, uint32_t number) {
  char text[32];
  snprintf(text, sizeof text, "sensor %u judged", number);
  return judged->number == number && judged->twice == number / 2.0 &&
         strcmp(judged->text, text) == 0 && judged->grade == (number + 1) % 3 &&
         judged->corners[0].x == number && judged->corners[0].y == -0.5F &&
         judged->corners[1].x == -(double)number && judged->corners[1].y == 0.5F &&
         judged->sum == (uint64_t)bytes_of(number) * (number % 7);
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const uint32_t count = (uint32_t)atoi(argv[4]);
  const dds_entity_t participant =
      checked(dds_create_participant((dds_domainid_t)atoi(argv[1]), NULL, NULL), "participant");
  dds_qos_t* qos = dds_create_qos();
  dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
  dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
  const dds_entity_t measured =
      checked(dds_create_topic(participant, &MEASURED_DESCRIPTOR, argv[2], qos, NULL), "topic");
  const dds_entity_t judged =
      checked(dds_create_topic(participant, &JUDGED_DESCRIPTOR, argv[3], qos, NULL), "topic");
  const dds_entity_t reader = checked(dds_create_reader(participant, judged, qos, NULL), "reader");
  const dds_entity_t writer =
      checked(dds_create_writer(participant, measured, qos, NULL), "writer");
  dds_delete_qos(qos);
  checked(dds_set_status_mask(reader, DDS_DATA_AVAILABLE_STATUS), "mask");
  const dds_entity_t waitset = checked(dds_create_waitset(participant), "waitset");
  checked(dds_waitset_attach(waitset, reader, 0), "attach");

  // What is written before the task's reader is there is not kept for it; nor are answers for ours.
  uint32_t right = 0, wrong = 0, sent = 0;
  const dds_time_t end = dds_time() + DDS_SECS(kSeconds);
  while (right + wrong < count && dds_time() < end) {
    dds_publication_matched_status_t task_reads;
    dds_subscription_matched_status_t task_writes;
    dds_get_publication_matched_status(writer, &task_reads);
    dds_get_subscription_matched_status(reader, &task_writes);
    if (sent == 0 && task_reads.current_count > 0 && task_writes.current_count > 0) {
      for (; sent < count; ++sent) measure(writer, sent, sent + 1 == count);
    }
    dds_waitset_wait(waitset, NULL, 0, DDS_MSECS(10));
    void* samples[1] = {NULL};
    dds_sample_info_t info;
    while (dds_take(reader, samples, &info, 1, 1) > 0) {
      if (info.valid_data) {
        if (is_right(samples[0], right + wrong))
          ++right;
        else
          ++wrong;
      }
      dds_return_loan(reader, samples, 1);
    }
  }
  printf("sent %u, right answers %u, wrong %u\n", sent, right, wrong);
  dds_delete(participant);
  return right == count ? 0 : 1;
}
