#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "firmware/checkin/face_worker.hpp"
#include "firmware/checkin/history.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/roster/roster.hpp"
#include "firmware/recorder/content.hpp"
#include "firmware/recorder/evidence.hpp"
#include "firmware/recorder/journaled_evidence.hpp"
#include "firmware/recorder/lesson_recorder.hpp"
#include "firmware/terminald/camera_port.hpp"
#include "firmware/terminald/media_keeper.hpp"
#include "firmware/terminald/microphone_port.hpp"
#include "firmware/terminald/video_settings.hpp"

namespace xueshi::terminald {

/// The lesson's video: classroom camera and microphone, the films, what is wrong with them, how many people they show,
/// and how much of all that each lesson has. Thread-bound to the loop, but for `offer`.
class Video {
public:
    struct Parts {
        record::EventSink &sink;
        const Clock &clock;
        const checkin::History &history;
        checkin::FaceWorker *worker; ///< counts faces; null: they are not counted
    };
    /// All outlive the object. Error: the media directory cannot be made.
    static Expected<std::unique_ptr<Video>> create(boost::asio::io_context &context, VideoSettings settings,
                                                   const MediaKeeper::Places &places, Parts parts);
    ~Video();

    void start();
    /// Finishes the film that grows.
    void stop();

    /// Pictures of the kiosk camera, where that one films the lesson too. Thread-safe.
    bool wants_kiosk() const { return settings_.classroom_kind == "kiosk"; }
    void offer(const camera::Unit &unit) { lesson_->push(unit); }
    void offer(const camera::Frame &frame);
    /// Say nothing where another camera films the lesson. Opens: before its first picture comes.
    void kiosk_opens(const record::Source &source);
    void kiosk_lost();

    /// Once a second. `roster` may be null.
    void every_second(const std::shared_ptr<const roster::Roster> &roster);
    void set_overlay(const camera::Overlay &overlay);
    /// What was filmed before this start, from the journal.
    void remember(const record::EventBody &body);
    void all_remembered() { journaled_.start(parts_.clock.now().wall_ms); }

    /// Cameras, microphone, and for each lesson around now minutes against minutes owed, heads against punches.
    json::Object status() const;
    /// The loudest tenth of a second since the last call, in dB of full scale; nothing: no sound came.
    std::optional<double> take_sound_level();

private:
    Video(boost::asio::io_context &context, VideoSettings settings, Parts parts);

    void camera_opens(const record::Source &source);
    void camera_lost();
    void make_classroom();
    void make_microphone();
    void plan(const Instant &now);
    void count_heads(const Instant &now);
    std::int64_t checked_in(const record::LessonRef &lesson) const;
    void counted(const Expected<std::size_t> &faces, record::Headcount count);
    void tell(std::vector<record::ContentFault> faults);
    void journal_faults();
    void follow_faults();
    void sweep(const Instant &now);
    void note(record::EventKind kind, json::Object data, const record::Source &source);
    void end_faults();
    json::Object describe(const training::TrainingClass &training_class, const training::Lesson &lesson) const;

    boost::asio::io_context &context_;
    const VideoSettings settings_;
    const Parts parts_;
    recorder::Evidence evidence_;
    recorder::JournaledEvidence journaled_{evidence_};
    std::unique_ptr<recorder::LessonRecorder> lesson_;
    std::unique_ptr<MediaKeeper> keeper_;
    std::int64_t swept_boot_ms_ = 0;
    std::unique_ptr<CameraPort> classroom_;
    std::unique_ptr<MicrophonePort> microphone_;
    record::Source camera_source_, sound_source_;
    std::shared_ptr<const roster::Roster> roster_;
    recorder::Plan plan_;
    std::int64_t counted_boot_ms_ = 0;
    bool counting_ = false;                                ///< a picture is being searched for faces
    std::map<record::LessonRef, record::Headcount> heads_; ///< the newest of each lesson

    std::mutex mutex_; ///< of what the devices' threads touch
    recorder::PictureCheck pictures_;
    recorder::SoundCheck sounds_;
    std::vector<record::ContentFault> untold_; ///< as they were seen, for the loop to journal
    std::optional<double> loudest_dbfs_;       ///< since it was taken
    std::optional<camera::Frame> newest_;
    std::int64_t checked_boot_ms_ = 0;
};

} // namespace xueshi::terminald
