#include "daemon/sync/commander.hpp"

#include <algorithm>
#include <limits>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/link_policy.hpp"
#include "daemon/sync/verdict.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;
using record::CommandKind;
using record::CommandOutcome;

namespace {

constexpr std::size_t kEventsAtOnce = 200;
constexpr std::size_t kBodyBytes = wire::kMaxBatchBytes / 3;

/// What cannot be read goes last, so that it holds up no other.
std::int64_t number_of(const identity::SignedDocument &document) {
    const auto command = identity::read_command(document);
    return command ? command->number : std::numeric_limits<std::int64_t>::max();
}

const Words kNoState{"无法读写同步数据库", "the sync database cannot be used",
                     "동기화 데이터베이스를 사용할 수 없습니다"};
const Words kNoTerminal{"登记平台的指令等待终端程序", "a command of the registry waits for the terminal's program",
                        "등록 시스템의 지시가 단말기 프로그램을 기다립니다"};
const Words kBadCommand{"收到的指令未通过核对，未执行", "a command did not pass the check and was not carried out",
                        "받은 지시가 확인을 통과하지 못하여 실행하지 않았습니다"};

} // namespace

Commander::Commander(upstream::Upstream &upstream, EventSource &source, State &state, Terminal &terminal,
                     const identity::PublicKey &registry_key, Powers powers)
    : upstream_(upstream), source_(source), state_(state), terminal_(terminal), registry_key_(registry_key),
      powers_(std::move(powers)), clips_(state.database()), clip_reader_(source, state), resend_size_(kEventsAtOnce) {}

Expected<identity::Command> Commander::open(const identity::SignedDocument &document) const {
    auto command = identity::open_command(registry_key_, document);
    if (command && command->device != state_.claim()->device) {
        return fail(ErrorCode::denied, "the command is for another device");
    }
    return command;
}

Commander::Done Commander::step(std::chrono::seconds wait) {
    auto after = state_.command_cursor();
    if (!after) {
        co_return hindered(after.error(), kNoState);
    }
    if (pending_.empty()) {
        auto documents = co_await upstream_.wait_for_commands(*after, wait);
        if (!documents) {
            co_return refused(documents.error());
        }
        pending_.assign(documents->begin(), documents->end());
        std::ranges::sort(pending_, {}, number_of);
    }
    bool any = false;
    for (; !pending_.empty(); pending_.pop_front()) {
        const auto command = open(pending_.front());
        if (!command) {
            pending_.clear(); // asked for again, after a pause
            log::error("command_refused", {log::Field(command.error())});
            co_return mistrusted(command.error(), kBadCommand);
        }
        if (command->number <= *after) { // it came before
            continue;
        }
        any = true;
        if (const auto followed = co_await follow(*command, pending_.front()); !followed) {
            co_return tl::unexpected<Failure>(followed.error());
        }
        after = command->number;
        if (const auto saved = state_.save_command_cursor(*after); !saved) {
            co_return hindered(saved.error(), kNoState);
        }
    }
    co_return any;
}

Commander::Done Commander::follow(const identity::Command &command, const identity::SignedDocument &document) {
    auto arguments = identity::document_fields(document);
    const auto taken = co_await terminal_.call("command", std::move(arguments));
    if (!taken && (may_be_told_later(taken.error().code) && taken.error().code != ErrorCode::conflict)) {
        co_return hindered(taken.error(), kNoTerminal);
    }
    if (!taken) {
        log::error("command_not_taken", {{"id", command.id}, log::Field(taken.error())});
        co_return true;
    }
    const json::Value *state = taken->if_contains("state");
    if (state == nullptr || *state != "for_sync") {
        co_return true;
    }
    if (!untold_ || untold_->command != command.id) {
        auto result = co_await carry_out(command);
        if (!result) {
            co_return tl::unexpected<Failure>(result.error());
        }
        untold_ = std::move(*result);
    }
    auto result = to_json(*untold_);
    const auto told = co_await terminal_.call("command_result", std::move(result));
    if (!told && may_be_told_later(told.error().code)) {
        co_return hindered(told.error(), kNoTerminal);
    }
    untold_.reset();
    co_return true;
}

asio::awaitable<Outcome<record::CommandResult>> Commander::carry_out(const identity::Command &command) {
    if (command.kind == to_string(CommandKind::resend_range)) {
        co_return co_await resend(command);
    }
    if (command.kind == to_string(CommandKind::send_clip)) {
        co_await read_clips();
    }
    record::CommandResult result;
    result.command = command.id;
    if (const auto done = do_at_once(command); !done) {
        const bool never = done.error().code == ErrorCode::denied || done.error().code == ErrorCode::invalid_argument;
        result.outcome = never ? CommandOutcome::refused : CommandOutcome::failed;
        result.reason = done.error().message.substr(0, record::kMaxCommandReason);
    }
    log::info("command_carried_out",
              {{"id", command.id}, {"kind", command.kind}, {"outcome", to_string(result.outcome)}});
    co_return result;
}

/// A clip that the registry knows by its event is known here too, whether or not clips may be sent now.
asio::awaitable<void> Commander::read_clips() {
    const auto executor = co_await asio::this_coro::executor;
    for (auto read = clip_reader_.read(); read && *read; read = clip_reader_.read()) {
        co_await asio::post(executor, asio::use_awaitable); // others go on meanwhile
    }
}

Expected<void> Commander::do_at_once(const identity::Command &command) {
    if (command.kind == to_string(CommandKind::send_clip)) {
        const auto order = record::send_clip_from_json(command.arguments);
        const clips::ClipPolicy clips{powers_.clips.upload, state_.confidential_classes(powers_.clips.confidential)};
        return order ? clips_.ask_for(order->clip, clips) : tl::unexpected<Error>(order.error());
    }
    if (command.kind == to_string(CommandKind::rotate_certificate)) {
        return powers_.rotate_certificate();
    }
    if (command.kind != to_string(CommandKind::set_policy)) {
        return fail(ErrorCode::invalid_argument, "sync does not know this kind of command");
    }
    const auto policy = record::set_policy_from_json(command.arguments);
    if (!policy) {
        return tl::unexpected<Error>(policy.error());
    }
    for (const auto *hours : {&policy->clip_hours, &policy->film_hours}) {
        for (const std::string &span : hours->value_or(std::vector<std::string>())) {
            if (const auto read = parse_daily_span(span); !read) {
                return tl::unexpected<Error>(read.error());
            }
        }
    }
    if (auto saved = state_.save_ordered_policy(*policy); !saved) {
        return saved;
    }
    powers_.apply_policy(*policy);
    return {};
}

/// Beside the uplink, which goes on with what is new. What the registry has already is a duplicate there.
asio::awaitable<Outcome<record::CommandResult>> Commander::resend(const identity::Command &command) {
    record::CommandResult result;
    result.command = command.id;
    const auto range = record::resend_range_from_json(command.arguments);
    auto error = range ? std::nullopt : std::optional(range.error());
    if (range && (!resending_ || resending_->command != command.id)) {
        resending_.emplace(Resending{command.id, range->first - 1, 0});
    }
    while (!error && resending_->after < range->last) {
        auto events = source_.read(range->chain, resending_->after, resend_size_.count(), kBodyBytes);
        if (!events) {
            error = events.error();
            break;
        }
        std::erase_if(*events, [&](const record::StoredEvent &event) { return event.seq > range->last; });
        if (events->empty()) {
            break; // the chain ends before
        }
        if (const auto sent = co_await resend_piece(range->chain, std::move(*events)); !sent) {
            co_return tl::unexpected<Failure>(sent.error()); // the rest, when it can be reached
        }
    }
    result.sent = range ? resending_->held : 0;
    if (error) {
        result.outcome = CommandOutcome::failed;
        result.reason = error->message.substr(0, record::kMaxCommandReason);
    }
    resending_.reset();
    log::info("events_sent_again", {{"id", command.id}, {"events", result.sent}});
    co_return result;
}

asio::awaitable<Outcome<void>> Commander::resend_piece(const ChainId &chain, std::vector<record::StoredEvent> events) {
    wire::EventBatch batch;
    batch.chain = chain;
    batch.events = std::move(events);
    const auto answer = co_await upstream_.send_events(batch);
    if (answer) {
        resend_size_.accepted();
        resending_->held += std::ranges::count_if(answer->results, is_held);
        resending_->after = batch.events.back().seq;
        co_return Outcome<void>();
    }
    const upstream::Refusal &refusal = answer.error();
    if (refusal.status == 0) { // it may be more than the link carries in time
        resend_size_.unanswered(batch.events.size(), refusal.error.code);
    }
    if (!blames_batch(refusal.status)) {
        co_return refused(refusal);
    }
    if (!resend_size_.refused(batch.events.size())) {
        resending_->after = batch.events.back().seq; // one that is never taken does not hold up later commands
    }
    co_return Outcome<void>();
}

} // namespace xueshi::sync
