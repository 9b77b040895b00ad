#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/support/emulator.hpp"
#include "tests/support/face_samples.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
namespace fs = std::filesystem;

namespace {

struct Said {
    std::string text;
    bool done = false;
    bool names(std::string_view what) const { return text.find(what) != std::string::npos; }
};

/// `environment`: what it is to find there, as NAME=value.
Said run(const std::string &program, const std::string &arguments, const std::string &environment = "") {
    std::string command = "env " + environment;
    for (const auto &word : test::words_to_run(XUESHI_BENCHES "/" + program, XUESHI_EMULATOR)) {
        command += " '" + word + "'";
    }
    FILE *pipe = ::popen((command + " " + arguments + " 2>&1").c_str(), "r"); // NOLINT(cert-env33-c): our own words
    REQUIRE(pipe != nullptr);
    Said said;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        said.text += static_cast<char>(c);
    }
    said.done = ::pclose(pipe) == 0;
    return said;
}

/// A folder of pictures that is looked at by one of the programs.
class Set {
public:
    void picture(const std::string &name, const cv::Mat &bgr) { file(name, as_text(test::make_png(bgr))); }
    void file(const std::string &name, std::string_view text) {
        fs::create_directories((directory_ / name).parent_path());
        REQUIRE(write_file_durably(directory_ / name, text));
    }
    void copy(const fs::path &from, const std::string &name) {
        fs::create_directories((directory_ / name).parent_path());
        fs::copy_file(from, directory_ / name);
    }
    std::string path(const std::string &name = "") const { return (directory_ / name).string(); }
    json::Object figures() const {
        const auto text = read_file(directory_ / "figures.json", 16 << 20);
        REQUIRE(text);
        return json::parse(*text, json::Limits{})->as_object();
    }

private:
    test::TemporaryDirectory directory_;
};

cv::Mat grey(int width, int height) {
    return {height, width, CV_8UC3, cv::Scalar(128, 128, 128)};
}

/// A part of a sample photograph in which the face is.
cv::Mat part_of(const std::string &sample, const cv::Rect &place) {
    return test::sample(sample).bgr(place).clone();
}

} // namespace

TEST_CASE("eval_fingerprint: a folder that is missing, empty or of another form is named") {
    Set set;
    set.picture("fingers/one.png", grey(300, 300));
    set.file("fingers/notes.txt", "none");
    set.file("spoilt/1_1.png", "no picture");
    const std::string missing = set.path("nowhere");
    auto said = run("eval_fingerprint", "--db " + missing);
    CHECK_FALSE(said.done);
    CHECK(said.names(missing + ": "));
    said = run("eval_fingerprint", "--db " + set.path("fingers"));
    CHECK_FALSE(said.done);
    CHECK(said.names(set.path("fingers") + ": none of its 2 files is a <finger>_<impression>.png"));
    said = run("eval_fingerprint", "--db " + set.path("spoilt"));
    CHECK_FALSE(said.done);
    CHECK(said.names(set.path("spoilt/1_1.png")));
    said = run("eval_fingerprint", "--db " + set.path("fingers") + " --db " + set.path("fingers/"));
    CHECK_FALSE(said.done);
    CHECK(said.names("two sets of one name"));
}

TEST_CASE("eval_fingerprint: a picture that cannot be read is named and counts as a failure to acquire") {
    Set set;
    set.file("2002/DB1_B/1_1.png", "no picture");
    set.file("2004/DB1_B/1_1.png", "no picture");
    fs::create_directories(set.path("2004/DB1_B/1_2.png"));
    const auto said =
        run("eval_fingerprint", "--synthetic 1 --db " + set.path("2002/DB1_B") + " --db " + set.path("2004/DB1_B"));
    CHECK(said.done);
    CHECK(said.names("2002/DB1_B/1_1.png"));
    CHECK(said.names("2004/DB1_B/1_1.png"));
    CHECK(said.names(" 10 pictures"));
}

TEST_CASE("eval_fingerprint: without a folder for the reader's socket it says so in one line") {
    const auto said = run("eval_fingerprint", "--synthetic 1", "TMPDIR=/nowhere/at/all");
    CHECK_FALSE(said.done);
    CHECK(said.text.starts_with("libfprint's virtual reader cannot be used: "));
    CHECK(std::ranges::count(said.text, '\n') == 1);
}

TEST_CASE("eval_fingerprint: prints in which no ridge is are counted as not acquired") {
    Set set;
    set.picture("blank/1_1.png", grey(300, 300));
    set.picture("blank/1_2.png", grey(560, 296));
    const auto said = run("eval_fingerprint", "--db " + set.path("blank"));
    CHECK_FALSE(said.done);
    CHECK(said.names("of 2 pictures the reader took none"));
}

TEST_CASE("eval_fingerprint: a finger that is left out is not looked at, and one that is not there is named") {
    Set set;
    set.picture("blank/1_1.png", grey(300, 300));
    set.picture("blank/2_1.png", grey(300, 300));
    set.picture("blank/2_2.png", grey(300, 300));
    auto said = run("eval_fingerprint", "--db " + set.path("blank") + " --leave-out blank/1");
    CHECK_FALSE(said.done);
    CHECK(said.names("of 2 pictures the reader took none"));
    said = run("eval_fingerprint", "--db " + set.path("blank") + " --leave-out blank/3");
    CHECK_FALSE(said.done);
    CHECK(said.names("leave out blank/3: no such finger"));
}

TEST_CASE("eval_headcount: a set that is missing or has no face is named") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    fs::create_directories(set.path("empty/live/0001"));
    const auto missing = run("eval_headcount", "--nuaa " + set.path("nowhere"));
    CHECK_FALSE(missing.done);
    CHECK(missing.names(set.path("nowhere/live")));
    const auto empty = run("eval_headcount", "--nuaa " + set.path("empty"));
    CHECK_FALSE(empty.done);
    CHECK(empty.names(set.path("empty") + ": no picture with one face"));
}

TEST_CASE("eval_face: a set that is missing or of another form is named") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    set.file("lfw/pairs.csv", "fold,left,right,same\n1,A/A_0001.jpg,B/B_0001.jpg,0\n");
    set.file("photos/master.csv", "file_x,file_y,Decision\na.jpg,b.jpg\n");
    fs::create_directories(set.path("nuaa/live/0001"));
    fs::create_directories(set.path("spoof"));
    const auto check = [&](const std::string &option, const std::string &folder, const std::string &named) {
        const auto said = run("eval_face", option + " " + set.path(folder));
        CHECK_FALSE(said.done);
        CAPTURE(said.text);
        CHECK(said.names(set.path(named)));
    };
    check("--lfw", "nowhere", "nowhere/pairs.csv");
    check("--lfw", "lfw", "lfw/images: none of the 2 pictures");
    check("--photos", "photos", "photos/master.csv: line 2");
    check("--nuaa", "nowhere", "nowhere/live");
    check("--nuaa", "nuaa", "nuaa/live: of 0 pictures");
    check("--spoof", "spoof", "spoof: no readable picture");
    check("--spoof", "nowhere", "nowhere");
}

TEST_CASE("eval_face: missing, spoilt and tiny pictures are counted, and people with one picture are measured") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    const auto samples = fs::path(test::kModelFiles) / "samples";
    set.copy(samples / "obama.jpg", "photos/a.jpg");
    set.copy(samples / "obama2.jpg", "photos/b.jpg");
    set.copy(samples / "biden.jpg", "photos/c.jpg");
    set.picture("photos/dot.png", grey(1, 1));
    set.picture("photos/wall.png", grey(200, 200));
    set.file("photos/spoilt.jpg", "no picture");
    set.file("photos/master.csv", "file_x,file_y,Decision\na.jpg,b.jpg,Yes\na.jpg,c.jpg,No\nb.jpg,c.jpg,No\n"
                                  "a.jpg,dot.png,No\nspoilt.jpg,gone.jpg,No\na.jpg,wall.png,No\n");
    set.copy(samples / "obama.jpg", "nuaa/live/0001/0001_00_00_01_1.jpg");
    set.copy(samples / "biden.jpg", "nuaa/live/0002/0002_00_00_01_1.jpg");
    set.file("nuaa/live/notes.txt", "beside the subjects");
    const auto said = run("eval_face", "--photos " + set.path("photos") + " --nuaa " + set.path("nuaa") + " --json " +
                                           set.path("figures.json"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    CHECK(said.names("gone.jpg"));
    CHECK(said.names("spoilt.jpg"));
    CHECK(said.names("dot.png"));
    const auto figures = set.figures();
    CHECK(figures.at("photos").as_object().at("unreadable").to_number<int>() == 3);
    CHECK(figures.at("unreadable").to_number<int>() == 3);
    const auto fta = figures.at("fta_interval").as_object().at("part").to_number<int>();
    int reasons = 0;
    for (const auto &[reason, count] : figures.at("fta_reasons").as_object()) {
        reasons += count.to_number<int>();
    }
    CHECK(fta >= 1); // the wall, at least
    CHECK(reasons == fta);
    // Nobody has a second session: there is nothing to accept.
    const auto nuaa = figures.at("nuaa").as_object();
    CHECK(nuaa.at("tar_at_far_1e-3").is_null());
    CHECK(nuaa.at("eer").is_null());
    CHECK(nuaa.at("fnir_at_fpir_0.3").is_null());
    const auto masked = nuaa.at("providers").as_object().at("shipped").as_object().at("masked").as_object();
    CHECK(masked.at("fnir").as_object().at("value").is_null());
}

TEST_CASE("eval_face: photographs alone have 1:1 figures and curves, and sets that are not given null ones") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    for (const char *name : {"obama.jpg", "obama2.jpg", "biden.jpg"}) {
        set.copy(fs::path(test::kModelFiles) / "samples" / name, std::string("photos/") + name);
    }
    set.file("photos/master.csv", "file_x,file_y,Decision\nobama.jpg,obama2.jpg,Yes\nobama.jpg,biden.jpg,No\n"
                                  "obama2.jpg,biden.jpg,No\n");
    const auto said = run("eval_face", "--photos " + set.path("photos") + " --json " + set.path("figures.json") +
                                           " --plot " + set.path("curves.svg"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    CHECK(fs::exists(set.path("curves.svg")));
    const auto figures = set.figures();
    const auto shipped = figures.at("photos").as_object().at("shipped").as_object();
    CHECK(shipped.at("same").to_number<int>() == 1);
    CHECK(shipped.at("other").to_number<int>() == 2);
    CHECK_FALSE(shipped.at("roc").as_array().empty());
    for (const char *far : {"1e-2", "1e-3", "1e-4"}) {
        CAPTURE(far);
        CHECK(shipped.at(std::string("tar_at_far_") + far).to_number<double>() == 1);
        CHECK(shipped.at(std::string("tar_at_far_") + far + "_interval").as_object().at("of").to_number<int>() == 1);
        const auto reached = shipped.at(std::string("far_reached_") + far).as_object();
        CHECK(reached.at("part").to_number<int>() == 0); // of two no such FAR can be told: none passes
        CHECK(reached.at("of").to_number<int>() == 2);
    }
    CHECK(figures.at("lfw").as_object().at("accuracy").is_null());
    CHECK(figures.at("nuaa").as_object().at("tar_at_far_1e-3").is_null());
    CHECK(figures.at("nuaa").as_object().at("fnir_at_fpir_0.3").is_null());
    CHECK(figures.at("pad").as_object().at("apcer").is_null());
    CHECK(figures.at("pad").as_object().at("bpcer").is_null());
}

TEST_CASE("eval_face: pairs of one person alone, and of none that can be read, are figures of none") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    const auto samples = fs::path(test::kModelFiles) / "samples";
    set.copy(samples / "obama.jpg", "lfw/images/A/A_0001.jpg");
    set.copy(samples / "obama2.jpg", "lfw/images/A/A_0002.jpg");
    set.file("lfw/images/A/A_0003.jpg", "no picture");
    set.file("lfw/pairs.csv", "fold,left,right,same\n1,A/A_0001.jpg,A/A_0002.jpg,1\n1,A/A_0003.jpg,B/B_0001.jpg,0\n");
    set.copy(samples / "biden.jpg", "nuaa/live/0001/0001_00_00_01_1.jpg");
    const auto said = run("eval_face", "--lfw " + set.path("lfw") + " --nuaa " + set.path("nuaa") + " --json " +
                                           set.path("figures.json") + " --plot " + set.path("curves.svg"));
    CAPTURE(said.text);
    CHECK_FALSE(said.done);
    CHECK(said.names("curves.svg: there is no curve to draw"));
    CHECK_FALSE(fs::exists(set.path("curves.svg")));
    const auto figures = set.figures();
    const auto lfw = figures.at("lfw").as_object();
    CHECK(lfw.at("unreadable").to_number<int>() == 2);
    for (const char *key : {"accuracy", "eer", "fnir_at_fpir_0.3", "fnir_at_fpir_1", "threshold_at_fpir_0.3"}) {
        CAPTURE(key);
        CHECK(lfw.at(key).is_null());
    }
    CHECK(lfw.at("eer_interval").as_object().at("low").is_null());
    CHECK(lfw.at("threshold_of_half").as_object().at("threshold").is_null());
    const auto nuaa = figures.at("nuaa").as_object();
    const auto chosen = nuaa.at("thresholds_of_halves").as_object().at("lfw").as_object();
    CHECK(chosen.at("threshold").is_null());
    CHECK(chosen.at("frame").as_object().at("fnir").as_object().at("value").is_null());
    CHECK(figures.at("pad").as_object().at("apcer").is_null());
}

TEST_CASE("eval_face: a small LFW has an open set, of the folder's pictures too, halves and accuracy") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    const auto add = [&](const std::string &person, const cv::Mat &face, int pictures) {
        cv::Mat small;
        cv::resize(face, small, {112, 112}, 0, 0, cv::INTER_AREA);
        for (int i = 1; i <= pictures; ++i) {
            set.picture("lfw/images/" + person + "/" + person + "_000" + std::to_string(i) + ".png", small);
        }
    };
    add("Astronaut", part_of("astronaut.png", {135, 20, 180, 180}), 2);
    add("Biden", part_of("biden.jpg", {268, 40, 600, 600}), 6);
    add("Obama", part_of("obama.jpg", {290, 40, 400, 400}), 6);
    set.file("lfw/images/Obama/notes.txt", "no picture");
    set.file("lfw/pairs.csv", "fold,left,right,same\n1,Obama/Obama_0001.png,Obama/Obama_0002.png,1\n"
                              "1,Astronaut/Astronaut_0001.png,Obama/Obama_0001.png,0\n"
                              "1,Astronaut/Astronaut_0001.png,Astronaut/Astronaut_0002.png,1\n");
    const auto said = run("eval_face", "--lfw " + set.path("lfw") + " --json " + set.path("figures.json"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    const auto figures = set.figures();
    CHECK(figures.at("fta_interval").as_object().at("of").to_number<int>() == 14);
    const auto lfw = figures.at("lfw").as_object();
    for (const char *key : {"accuracy", "eer", "fnir_at_fpir_0.3", "fnir_at_fpir_1"}) {
        CAPTURE(key);
        CHECK(lfw.at(key).is_number());
    }
    CHECK(lfw.at("tar_at_far_1e-3").is_number());
    CHECK(lfw.at("tar_at_far_1e-3_interval").as_object().at("of").is_number());
    CHECK(lfw.at("folds").to_number<int>() == 2);
    CHECK(lfw.at("folds_made").as_bool());
    CHECK(lfw.at("gallery").to_number<int>() == 1); // of three people
    CHECK(lfw.at("unreadable").to_number<int>() == 0);
}

TEST_CASE("eval_face: a single subject with prints is measured, and judged by nobody's weights") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    const auto samples = fs::path(test::kModelFiles) / "samples";
    set.copy(samples / "obama.jpg", "nuaa/live/0001/0001_00_00_01_1.jpg");
    set.copy(samples / "obama2.jpg", "nuaa/print/0001/0001_00_01_01_1.jpg");
    const auto said = run("eval_face", "--nuaa " + set.path("nuaa") + " --json " + set.path("figures.json"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    const auto pad = set.figures().at("pad").as_object();
    CHECK(pad.at("track_of_5").as_object().at("bpcer").as_object().at("value").is_null()); // a recording of one frame
    CHECK(pad.at("track_shorter").as_object().at("bpcer").as_object().at("of").to_number<int>() == 1);
    CHECK_FALSE(pad.contains("held_out_track_of_5"));
    CHECK(pad.at("held_out_people_left_out").to_number<int>() == 1);
}

TEST_CASE(
    "eval_face: liveness rates of unseen people stand beside the shipped ones, without pictures that give no sample") {
    if (!test::have_models()) {
        return;
    }
    Set set;
    const auto samples = fs::path(test::kModelFiles) / "samples";
    set.copy(samples / "obama.jpg", "nuaa/live/0001/0001_00_00_01_1.jpg");
    set.copy(samples / "obama2.jpg", "nuaa/print/0001/0001_00_01_01_1.jpg");
    set.picture("nuaa/print/0001/0001_00_01_01_2.png", grey(200, 200));
    // At three fifths 650 x 433 of it would be on the frame: without the mouth.
    set.picture("nuaa/live/0002/0002_00_00_01_1.png", part_of("biden.jpg", {0, 0, 970, 970}));
    set.copy(samples / "obama3.jpg", "nuaa/print/0002/0002_00_01_01_1.jpg");
    set.copy(samples / "obama.jpg", "spoof/image_F1.jpg");
    set.picture("spoof/image_F2.png", grey(200, 200));
    set.picture("spoof/image_T1.png", grey(200, 200));
    const auto said = run("eval_face", "--nuaa " + set.path("nuaa") + " --spoof " + set.path("spoof") + " --json " +
                                           set.path("figures.json") + " --plot " + set.path("curves.svg"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    const auto figures = set.figures();
    CHECK(fs::exists(set.path("curves.svg"))); // nobody has a second session: liveness alone has curves
    CHECK(figures.at("nuaa").as_object().at("enrolled_short").to_number<int>() == 2); // one picture each
    CHECK(figures.at("fta_interval").as_object().at("of").to_number<int>() == 3);     // two of NUAA, one of the others
    CHECK(figures.at("fta_interval").as_object().at("part").to_number<int>() == 1);   // the wall
    const auto pad = figures.at("pad").as_object();
    for (const char *key : {"apcer", "bpcer", "held_out_apcer", "held_out_bpcer"}) {
        CAPTURE(key);
        CHECK(pad.at(key).is_number());
        const auto interval = pad.at(key + std::string("_interval")).as_object();
        CHECK(interval.at("low").is_number());
        CHECK(interval.at("of").to_number<int>() >= 1);
    }
    CHECK(pad.at("held_out_apcer_interval").as_object().at("of").to_number<int>() == 2);
    const auto species = pad.at("apcer_by_species").as_object();
    const auto prints = species.at("nuaa").as_object().at("print").as_object();
    CHECK(prints.at("of").to_number<int>() == 2); // recordings, without the wall
    CHECK(prints.at("no_sample").as_object().at("part").to_number<int>() == 1);
    CHECK(prints.at("no_sample").as_object().at("of").to_number<int>() == 3);
    const auto spoof = species.at("spoof").as_object();
    CHECK(spoof.at("print").as_object().at("of").to_number<int>() == 1);
    CHECK(spoof.at("screen").as_object().at("value").is_null());
    CHECK(pad.at("samples").as_object().at("live").as_object().at("accepted_rate").as_object().at("value").is_null());
}

TEST_CASE("eval_face, bench_face: an output that cannot be written is told before anything is looked at") {
    Set set;
    set.file("photos/master.csv", "file_x,file_y,Decision\na.jpg,b.jpg,Yes\n");
    fs::create_directories(set.path("folder"));
    const auto check = [&](const std::string &program, const std::string &arguments, const std::string &option,
                           const std::string &output) {
        const auto said = run(program, arguments + option + " " + output);
        CAPTURE(said.text);
        CHECK_FALSE(said.done);
        CHECK(said.text.starts_with(program + ": " + option + " " + output + " cannot be written: "));
        CHECK(std::ranges::count(said.text, '\n') == 1);
    };
    const auto photos = "--photos " + set.path("photos") + " ";
    check("eval_face", photos, "--json", set.path("nowhere/figures.json"));
    check("eval_face", photos, "--json", set.path("folder"));
    check("eval_face", photos, "--plot", set.path("nowhere/curves.svg"));
    check("bench_face", "", "--json", set.path("nowhere/bench.json"));
    CHECK(fs::is_empty(set.path("folder")));
}

TEST_CASE("bench_face: dlib's network is called bare beside ours") {
    if (!test::have_models()) {
        return;
    }
    const Set set;
    const auto said = run("bench_face", "--rounds 1 --templates 5 --queries 1 --json " + set.path("figures.json"));
    CAPTURE(said.text);
    REQUIRE(said.done);
    CHECK(said.names("bare dlib_resnet"));
    const auto figures = set.figures();
    const auto ms = [&](const char *stage) { return figures.at(stage).as_object().at("ms").to_number<double>(); };
    CHECK(ms("bare_dlib") > 0);
    const auto bare = figures.at("bare_dlib").as_object().at("allocations").to_number<double>();
    CHECK(bare < figures.at("embed").as_object().at("allocations").to_number<double>());
}
