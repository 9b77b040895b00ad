// Error rates of every embedding network that is there, of their sum that ships, and of liveness, on research sets that
// stay outside of the repository. Never part of the tests.
#include <iostream>

#include <fmt/format.h>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/bench/face/output.hpp"
#include "tests/bench/face/plot.hpp"
#include "tests/bench/face/rates.hpp"
#include "tests/bench/face/sets.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;

struct Arguments {
    std::filesystem::path lfw, nuaa, photos, spoof;
    std::string lfw_pairs = "pairs.csv", photos_pairs = "master.csv";
    std::filesystem::path manifest = "models/manifest.json", files = "models/files", json, plot;
    std::int64_t threads = 2;
    bool follow = false;
};

int fail_with(const Error &error) {
    std::cerr << "eval_face: " << error.message << "\n";
    return 1;
}

/// Failure to acquire: genuine pictures that give no sample, and why.
json::Object count_flaws(const std::vector<const Look *> &looks, Rate &all) {
    std::map<std::string, std::size_t> why;
    for (const auto *look : looks) {
        if (look->readable) {
            all.add(!look->usable());
            if (!look->usable()) {
                ++why[look->found ? std::string(to_string(look->flaw)) : "no_face"];
            }
        }
    }
    json::Object result;
    for (const auto &[flaw, count] : why) {
        result[flaw] = count;
    }
    return result;
}

Expected<json::Object> measure(Looker &looker, const Arguments &arguments) {
    json::Object result{{"embedding_model", looker.pipeline().embedding_model()}};
    const auto lfw =
        arguments.lfw.empty() ? Expected<Lfw>(Lfw{}) : look_at_lfw(looker, arguments.lfw, arguments.lfw_pairs);
    const auto nuaa = arguments.nuaa.empty() ? Expected<Nuaa>(Nuaa{}) : look_at_nuaa(looker, arguments.nuaa);
    const auto photos = arguments.photos.empty() ? Expected<Photos>(Photos{})
                                                 : look_at_photos(looker, arguments.photos, arguments.photos_pairs);
    const auto spoof = arguments.spoof.empty() ? Expected<Spoof>(Spoof{}) : look_at_spoof(looker, arguments.spoof);
    if (!lfw || !nuaa || !photos || !spoof) {
        return tl::unexpected(!lfw ? lfw.error() : !nuaa ? nuaa.error() : !photos ? photos.error() : spoof.error());
    }
    std::vector<Chosen> chosen;
    result["photos"] = measure_photos(*photos, looker, chosen);
    result["lfw"] = measure_lfw(*lfw, looker, chosen);
    result["nuaa"] = measure_nuaa(*nuaa, *lfw, looker, chosen);
    result["pad"] = measure_pad(looker, *nuaa, *spoof);
    std::vector<const Look *> genuine;
    Rate still_bpcer;
    for (const auto &[path, look] : lfw->looks) {
        genuine.push_back(&look);
        if (look.usable() && lfw->reports(look.person)) {
            still_bpcer.add(face::probability(look.liveness) < looker.pipeline().liveness_threshold());
        }
    }
    for (const auto &look : nuaa->live) {
        genuine.push_back(&look);
    }
    for (const auto &[name, look] : photos->looks) {
        genuine.push_back(&look);
    }
    if (const auto live = spoof->find("live"); live != spoof->end()) {
        for (const auto &look : live->second) {
            genuine.push_back(&look);
        }
    }
    Rate fta;
    result["fta_reasons"] = count_flaws(genuine, fta);
    add_rate(result, "fta", fta);
    result["lfw_bpcer"] = to_json(still_bpcer);
    result["unreadable"] = looker.unreadable();
    std::cout << fmt::format("FTA {} ({}); LFW BPCER of one picture {}; unreadable files {}\n", words(fta),
                             json::serialize(result.at("fta_reasons")), words(still_bpcer), looker.unreadable());
    return result;
}

int run(const Arguments &arguments) {
    if (arguments.lfw.empty() && arguments.nuaa.empty() && arguments.photos.empty() && arguments.spoof.empty()) {
        std::cerr << "eval_face: give at least one of --lfw, --nuaa, --photos, --spoof\n";
        return 2;
    }
    for (const auto &[option, path] : {std::pair{"--json", arguments.json}, {"--plot", arguments.plot}}) {
        if (auto writable = check_output(option, path); !writable) {
            return fail_with(writable.error());
        }
    }
    auto looker = Looker::load(arguments.manifest, arguments.files, static_cast<int>(arguments.threads));
    if (!looker) {
        return fail_with(looker.error());
    }
    if (arguments.follow) {
        looker->follow();
    }
    const auto measured = measure(*looker, arguments);
    if (!measured) {
        return fail_with(measured.error());
    }
    const json::Object &result = *measured;
    if (!arguments.json.empty()) {
        if (auto written = write_file_durably(arguments.json, json::serialize(result)); !written) {
            return fail_with(written.error());
        }
    }
    if (!arguments.plot.empty()) {
        if (auto drawn = plot_curves(result, arguments.plot); !drawn) {
            return fail_with(drawn.error());
        }
    }
    std::cout << "eval_face: " << looker->pipeline().embedding_model() << ", threshold "
              << looker->pipeline().match_threshold() << ", liveness " << looker->pipeline().liveness_threshold()
              << "\n";
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    Config config("eval_face", "Error rates of the face pipeline on research sets.",
                  "eval_face --lfw DIR/lfw112 --nuaa DIR/nuaa --photos DIR/photos --spoof DIR/spoof --json face.json");
    config.path("lfw", arguments.lfw, "folder with images/ and the pairs file");
    config.text("lfw-pairs", arguments.lfw_pairs, "fold,left,right,same");
    config.path("nuaa", arguments.nuaa, "folder with live/<subject> and print/<subject>");
    config.path("photos", arguments.photos, "folder of photographs and the pairs file");
    config.text("photos-pairs", arguments.photos_pairs, "file_x,file_y,Decision");
    config.path("spoof", arguments.spoof, "folder with image_F1 (print), image_F2 (screen), image_T1 (live)");
    config.path("manifest", arguments.manifest, "models manifest");
    config.path("files", arguments.files, "folder of the models; optional ones in it are measured too");
    config.path("json", arguments.json, "write the figures here too");
    config.path("plot", arguments.plot, "draw ROC and DET curves here (SVG)");
    config.boolean("follow", arguments.follow, "find each face again as check-in follows it from frame to frame");
    config.integer("threads", arguments.threads, 1, 64, "threads of the networks");
    const auto outcome = config.parse(argc, argv);
    if (!outcome) {
        return fail_with(outcome.error());
    }
    return *outcome == Config::Outcome::exit ? 0 : run(arguments);
}
