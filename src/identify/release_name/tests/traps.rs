//! Words that titles and releases share.

use super::said::check;

#[test]
fn words_of_releases_may_be_words_of_titles() {
    check(&[
        ("The Collector 2009 1080p.mkv", "The Collector (2009) | movie"),
        ("The.Rigger.2013.720p.mkv", "The Rigger (2013) | movie"),
        ("The.Convert.2031.mkv", "The Convert (2031) | movie"),
        ("The.Last.German.2006.DVDRip.avi", "The Last German (2006) | movie"),
        ("The.Last.German.2006.GERMAN.720p.mkv", "The Last German (2006) | movie"),
        ("Harold.English.2003.mkv", "Harold English (2003) | movie"),
        ("The.Final.Limited.2009.1080p.mkv", "The Final Limited (2009) | movie"),
        ("The.Quiet.Mill.The.Final.Chapter.2016.mkv", "The Quiet Mill The Final Chapter (2016) | movie"),
        ("The.Final.Mill.2004.1080p.mkv", "The Final Mill (2004) | movie"),
        ("The Extended Mill (2019).mkv", "The Extended Mill (2019) | movie"),
        ("Complete.Mill.2024.1080p.mkv", "Complete Mill (2024) | movie"),
        ("A.Complete.Mill.2024.1080p.WEB.h264-GRP", "A Complete Mill (2024) | movie"),
        ("Madame Web Mill 2024 1080p.mkv", "Madame Web Mill (2024) | movie"),
        ("Internal.Mill.2012.mkv", "Internal Mill (2012) | movie"),
        ("Proper.Millers.2015.720p.mkv", "Proper Millers (2015) | movie"),
        ("Dubbed.2020.mkv", "Dubbed (2020) | movie"),
        ("The.Quiet.Mill.PROPER.1080p.WEB-DL.mkv", "The Quiet Mill | movie"),
        ("The.Quiet.Mill.EXTENDED.CUT.2010.1080p.BluRay.mkv", "The Quiet Mill (2010) | movie"),
        ("The.Quiet.Mill.Extended.2010.1080p.BluRay.mkv", "The Quiet Mill (2010) | movie"),
        ("The.Quiet.Mill.Theatrical.Cut.1080p.BluRay.mkv", "The Quiet Mill | movie"),
        ("The.Quiet.Mill.UNRATED.DVDRip.XviD-GRP", "The Quiet Mill | movie"),
        ("The.Quiet.Mill.iNTERNAL.DVDRip.XviD-GRP", "The Quiet Mill | movie"),
        ("The.Quiet.Mill.French.DVDRip.XviD-GRP", "The Quiet Mill | movie"),
        ("The Quiet Mill Criterion Collection 1080p.mkv", "The Quiet Mill | movie"),
        ("Quiet_Mill_Criterion_Edition_(1985).avi", "Quiet Mill (1985) | movie"),
        ("The Quiet Mill 25th Anniversary Edition (1990).mkv", "The Quiet Mill (1990) | movie"),
        (
            "The.Quiet.Mill.15th.Anniversary.Edition.Director's.Cut.1996.1080p.mkv",
            "The Quiet Mill (1996) | movie",
        ),
        ("The.Quiet.Mill.Ultimate.Collectors.Edition.1990.mkv", "The Quiet Mill (1990) | movie"),
        ("The.Quiet.Mill.The.Uncut.Version.1983.DVDRip.mkv", "The Quiet Mill (1983) | movie"),
        ("The.Quiet.Mill.DC.1990.mkv", "The Quiet Mill (1990) | movie"),
        ("The.Quiet.Mill.DC.German.1983.AC3.mkv", "The Quiet Mill (1983) | movie"),
        ("Moulin.German.2014.LD.1080p.mkv", "Moulin (2014) | movie"),
        ("Quiet.Mill.Eine.Reise.Extended.German.720p.BluRay.mkv", "Quiet Mill Eine Reise | movie"),
        ("Film.Title.German.DL.1080p.BluRay.x264-GRP", "Film Title | movie"),
        ("The.Quiet.Mill.3D.2010.1080p.mkv", "The Quiet Mill (2010) | movie"),
        ("The Quiet Mill TS XviD.avi", "The Quiet Mill | movie"),
        ("The Quiet Mill HDCAM 2020.mkv", "The Quiet Mill (2020) | movie"),
        ("Madame Web (2024) S01E01.mkv", "Madame Web (2024) | s1 e1"),
        ("The.Mill.CONVERT.720p.HDTV.x264-GRP", "The Mill | movie"),
        ("MY MOVIE (2016) [R][Action][720p].mkv", "MY MOVIE (2016) | movie"),
        ("The.Quiet.Mill.Imax.2018.1080p.mkv", "The Quiet Mill (2018) | movie"),
    ]);
}
