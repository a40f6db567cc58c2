// The same without Mort: plain Fast DDS with the transports and QoS that Mort takes, a type as
// fastddsgen writes it, and a thread that waits in a WaitSet (or the listener itself).
#include <fastcdr/Cdr.h>
#include <fastcdr/FastBuffer.h>

#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <fastdds/rtps/transport/shared_mem/SharedMemTransportDescriptor.h>
#include <fastrtps/utils/IPLocator.h>
#include <fastrtps/xmlparser/XMLProfileManager.h>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fastdds/dds/core/LoanableCollection.hpp>
#include <fastdds/dds/core/condition/WaitSet.hpp>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/DataReaderListener.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/rtps/flowcontrol/FlowControllerDescriptor.hpp>
#include <mutex>
#include <thread>

#include "dds_peer.hpp"

namespace {

namespace dds = eprosima::fastdds::dds;
namespace rtps = eprosima::fastrtps::rtps;
using eprosima::fastrtps::Duration_t;
using eprosima::fastrtps::types::ReturnCode_t;
using namespace mort;
using benchmark_peer::Data;

class DataType : public dds::TopicDataType {
 public:
  explicit DataType(std::size_t bytes) {
    setName("Data");
    m_typeSize = static_cast<std::uint32_t>(bytes + benchmark_peer::kOverhead);
    m_isGetKeyDefined = false;
  }
  bool is_bounded() const override { return true; }
  bool serialize(void* data, rtps::SerializedPayload_t* payload) override {
    const auto* message = static_cast<const Data*>(data);
    eprosima::fastcdr::FastBuffer buffer(reinterpret_cast<char*>(payload->data), payload->max_size);
    eprosima::fastcdr::Cdr cdr(buffer, eprosima::fastcdr::Cdr::DEFAULT_ENDIAN,
                               eprosima::fastcdr::Cdr::DDS_CDR);
    payload->encapsulation = CDR_LE;
    try {
      cdr.serialize_encapsulation();
      cdr << message->number << message->sent_ns << message->bytes;
    } catch (const eprosima::fastcdr::exception::Exception&) {
      return false;
    }
    payload->length = static_cast<std::uint32_t>(cdr.getSerializedDataLength());
    return true;
  }
  bool deserialize(rtps::SerializedPayload_t* payload, void* data) override {
    auto* message = static_cast<Data*>(data);
    eprosima::fastcdr::FastBuffer buffer(reinterpret_cast<char*>(payload->data), payload->length);
    eprosima::fastcdr::Cdr cdr(buffer, eprosima::fastcdr::Cdr::DEFAULT_ENDIAN,
                               eprosima::fastcdr::Cdr::DDS_CDR);
    try {
      cdr.read_encapsulation();
      cdr >> message->number >> message->sent_ns >> message->bytes;
    } catch (const eprosima::fastcdr::exception::Exception&) {
      return false;
    }
    return true;
  }
  std::function<std::uint32_t()> getSerializedSizeProvider(void* data) override {
    return [data] {
      return static_cast<std::uint32_t>(static_cast<const Data*>(data)->bytes.size() +
                                        benchmark_peer::kOverhead);
    };
  }
  void* createData() override { return new Data; }
  void deleteData(void* data) override { delete static_cast<Data*>(data); }
  bool getKey(void*, rtps::InstanceHandle_t*, bool) override { return false; }
};

/// The same message as a plain struct of fixed size: it lies in the history as it is in memory.
class PlainType : public DataType {
 public:
  explicit PlainType(std::size_t bytes) : DataType(bytes) {
    m_typeSize = static_cast<std::uint32_t>(bytes + benchmark_peer::kOverhead);
  }
  bool is_plain() const override { return true; }
};

/// Where the numbers of a plain message lie.
struct PlainHead {
  std::uint64_t number;
  std::int64_t sent_ns;
};

/// Loaned messages, whatever their size.
class LoanSequence : public dds::LoanableCollection {
 public:
  const PlainHead& head(size_type i) const { return *static_cast<const PlainHead*>(elements_[i]); }

 protected:
  void resize(size_type) override {}
};

class Program : private dds::DataReaderListener {
 public:
  explicit Program(const benchmark_peer::Options& options) : options_(options) {
    eprosima::fastrtps::LibrarySettingsAttributes settings;
    settings.intraprocess_delivery = eprosima::fastrtps::INTRAPROCESS_OFF;
    eprosima::fastrtps::xmlparser::XMLProfileManager::library_settings(settings);
    dds::DomainParticipantQos qos = dds::PARTICIPANT_QOS_DEFAULT;
    qos.transport().use_builtin_transports = false;
    auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
    udp->interfaceWhiteList = {options.address};
    udp->receiveBufferSize = 4 * 1024 * 1024;
    udp->maxInitialPeersRange = 32;
    udp->maxMessageSize = 65'500;
    qos.transport().user_transports.push_back(udp);
    if (options.shm) {
      auto shm = std::make_shared<eprosima::fastdds::rtps::SharedMemTransportDescriptor>();
      shm->segment_size(64 * 1024 * 1024);
      shm->maxMessageSize = 8 * 1024 * 1024;  // no sample here is cut
      qos.transport().user_transports.push_back(shm);
    }
    qos.transport().listen_socket_buffer_size = 4 * 1024 * 1024;
    rtps::Locator_t locator;
    locator.kind = LOCATOR_KIND_UDPv4;
    rtps::IPLocator::setIPv4(locator, options.peer);
    qos.wire_protocol().builtin.initialPeersList.push_back(locator);
    rtps::IPLocator::setIPv4(locator, "239.255.0.1");
    qos.wire_protocol().builtin.initialPeersList.push_back(locator);
    if (options.bulk_rate > 0) {
      auto flow = std::make_shared<eprosima::fastdds::rtps::FlowControllerDescriptor>();
      flow->name = "bulk";
      flow->period_ms = 10;
      flow->max_bytes_per_period = static_cast<std::int32_t>(options.bulk_rate / 800);
      qos.flow_controllers().push_back(flow);
    }
    participant_ = dds::DomainParticipantFactory::get_instance()->create_participant(
        options.domain, qos, nullptr, dds::StatusMask::none());
    auto* type = options.loan ? new PlainType(options.bytes) : new DataType(options.bytes);
    dds::TypeSupport(type).register_type(participant_);
    publisher_ = participant_->create_publisher(dds::PUBLISHER_QOS_DEFAULT);
    subscriber_ = participant_->create_subscriber(dds::SUBSCRIBER_QOS_DEFAULT);
  }
  ~Program() {
    if (reader_ != nullptr) reader_->set_listener(nullptr);
    participant_->delete_contained_entities();
    dds::DomainParticipantFactory::get_instance()->delete_participant(participant_);
  }

  void open(const std::string& in, const std::string& out) {
    if (!out.empty()) {
      dds::DataWriterQos qos = dds::DATAWRITER_QOS_DEFAULT;
      apply(qos);
      if (benchmark_peer::is_large(options_))
        qos.publish_mode().kind = dds::ASYNCHRONOUS_PUBLISH_MODE;
      if (benchmark_peer::is_large(options_) && options_.bulk_rate > 0)
        qos.publish_mode().flow_controller_name = "bulk";
      auto& times = qos.reliable_writer_qos().times;
      times.heartbeatPeriod = Duration_t(benchmark_peer::is_large(options_) ? 0.01 : 0.05);
      times.nackResponseDelay = Duration_t(0, 0);
      times.nackSupressionDuration = Duration_t(0, 0);
      writer_ = publisher_->create_datawriter(
          participant_->create_topic(out, "Data", dds::TOPIC_QOS_DEFAULT), qos);
    }
    if (!in.empty()) {
      dds::DataReaderQos qos = dds::DATAREADER_QOS_DEFAULT;
      apply(qos);
      auto& times = qos.reliable_reader_qos().times;
      times.initialAcknackDelay = Duration_t(0.01);
      times.heartbeatResponseDelay = Duration_t(0, 0);
      dds::StatusMask mask = dds::StatusMask::subscription_matched();
      if (options_.listener) mask << dds::StatusMask::data_available();
      reader_ = subscriber_->create_datareader(
          participant_->create_topic(in, "Data", dds::TOPIC_QOS_DEFAULT), qos, this, mask);
    }
  }

  void ping() {
    benchmark_peer::Pinger pinger(options_);
    std::mutex mutex;  // answers may come on the listener's thread
    const auto step = [&] {
      while (!pinger.done() && pinger.next_ns() <= benchmark_peer::now_ns()) write(pinger.next());
    };
    on_data_ = [&](const Data& data) {
      const std::lock_guard<std::mutex> lock(mutex);
      pinger.answered(data.number, data.sent_ns);
      if (options_.listener) step();
    };
    open("pong", "ping");
    while (true) {
      std::int64_t next = 0;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        step();
        if (pinger.done()) break;
        next = pinger.next_ns();
      }
      wait(next - benchmark_peer::now_ns());
    }
    reader_->set_listener(nullptr);
    pinger.print();
  }

  void echo() {
    on_data_ = [this](const Data& data) { write(data); };
    open("ping", "pong");
    while (!gone_) wait(100'000'000);
  }

  void count() {
    benchmark_peer::Counter counter;
    on_data_ = [&](const Data& data) { counter.add(data); };
    open("flood", "ready");
    while (!gone_) {
      wait(benchmark_peer::kSayAgain_ns);
      if (found_ && !counter.begun()) write(Data{});
    }
    counter.print();
  }

  void flood() {
    bool ready = false;
    on_data_ = [&ready](const Data&) { ready = true; };
    open("ready", "flood");
    Data data;
    data.bytes.resize(options_.bytes);
    while (!ready && !gone_) wait(benchmark_peer::kSayAgain_ns);
    const std::int64_t end =
        benchmark_peer::now_ns() + static_cast<std::int64_t>(options_.seconds * 1e9);
    while (benchmark_peer::now_ns() < end) {
      if (!write(data)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  template <class Qos>
  void apply(Qos& qos) {
    const bool large = benchmark_peer::is_large(options_);
    const bool keep_all = options_.mode == "flood" || options_.mode == "count";
    const int depth = large ? 4 : 10;
    qos.reliability().kind = dds::RELIABLE_RELIABILITY_QOS;
    qos.reliability().max_blocking_time = Duration_t(0, 0);
    qos.durability().kind = dds::VOLATILE_DURABILITY_QOS;
    qos.history().kind = keep_all ? dds::KEEP_ALL_HISTORY_QOS : dds::KEEP_LAST_HISTORY_QOS;
    qos.history().depth = depth;
    qos.resource_limits().max_samples = keep_all ? 8 : depth + 1;
    qos.resource_limits().max_instances = 1;
    qos.resource_limits().max_samples_per_instance = qos.resource_limits().max_samples;
    qos.resource_limits().allocated_samples = 1;
    if (options_.shared || options_.loan) {
      qos.data_sharing().automatic();
      qos.endpoint().history_memory_policy = rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;
    } else {
      qos.data_sharing().off();
      qos.endpoint().history_memory_policy = rtps::DYNAMIC_REUSABLE_MEMORY_MODE;
    }
  }
  bool write(const Data& data) {
    if (options_.loan) return write_loan({data.number, data.sent_ns});
    return writer_->write(const_cast<Data*>(&data), rtps::InstanceHandle_t{}) ==
           ReturnCode_t::RETCODE_OK;
  }
  /// The message is made where it is sent from; its bytes are those that lie there.
  bool write_loan(const PlainHead& head) {
    void* sample = nullptr;
    const auto loaned = writer_->loan_sample(
        sample, dds::DataWriter::LoanInitializationKind::NO_LOAN_INITIALIZATION);
    if (loaned != ReturnCode_t::RETCODE_OK) {
      std::fprintf(stderr, "no loan\n");
      std::exit(1);
    }
    std::memcpy(sample, &head, sizeof head);
    return writer_->write(sample, rtps::InstanceHandle_t{}) == ReturnCode_t::RETCODE_OK;
  }
  void take_loans() {
    LoanSequence samples;
    dds::SampleInfoSeq infos;
    while (reader_->take(samples, infos) == ReturnCode_t::RETCODE_OK) {
      for (int i = 0; i < infos.length(); ++i) {
        if (!infos[i].valid_data) continue;
        data_.number = samples.head(i).number;
        data_.sent_ns = samples.head(i).sent_ns;
        on_data_(data_);
      }
      reader_->return_loan(samples, infos);
    }
  }
  void take() {
    if (options_.loan) return take_loans();
    dds::SampleInfo info;
    while (reader_->take_next_sample(&data_, &info) == ReturnCode_t::RETCODE_OK) {
      if (info.valid_data) on_data_(data_);
    }
  }
  void wait(std::int64_t nanoseconds) {
    if (nanoseconds <= 0) return;
    if (options_.listener) {
      std::this_thread::sleep_for(std::min(std::chrono::nanoseconds(nanoseconds),
                                           std::chrono::nanoseconds(std::chrono::milliseconds(5))));
      return;
    }
    if (!waiting_) {
      waiting_ = std::make_unique<dds::WaitSet>();
      dds::StatusCondition& condition = reader_->get_statuscondition();
      condition.set_enabled_statuses(dds::StatusMask::data_available());
      waiting_->attach_condition(condition);
    }
    dds::ConditionSeq active;
    waiting_->wait(active, Duration_t(static_cast<std::int32_t>(nanoseconds / 1'000'000'000),
                                      static_cast<std::uint32_t>(nanoseconds % 1'000'000'000)));
    take();
  }
  void on_data_available(dds::DataReader*) override { take(); }
  void on_subscription_matched(dds::DataReader*,
                               const dds::SubscriptionMatchedStatus& status) override {
    found_ = status.current_count > 0;
    gone_ = !found_;
  }

  const benchmark_peer::Options& options_;
  dds::DomainParticipant* participant_ = nullptr;
  dds::Publisher* publisher_ = nullptr;
  dds::Subscriber* subscriber_ = nullptr;
  dds::DataWriter* writer_ = nullptr;
  dds::DataReader* reader_ = nullptr;
  std::unique_ptr<dds::WaitSet> waiting_;
  std::function<void(const Data&)> on_data_;
  Data data_;
  std::atomic<bool> found_ = false;
  std::atomic<bool> gone_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = benchmark_peer::parse(argc, argv);
  Program program(options);
  if (options.mode == "ping") program.ping();
  if (options.mode == "echo") program.echo();
  if (options.mode == "flood") program.flood();
  if (options.mode == "count") program.count();
}
