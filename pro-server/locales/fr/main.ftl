# Tout ce que pro-server dit aux personnes, en français. Les mêmes messages que ../en/main.ftl.

about = Le serveur Isoloir de l’organisation : annuaire, enrôlement, signalisation, politique et audit. Les messages n’y passent jamais.
about-serve = Faire tourner le serveur jusqu’à SIGTERM.
about-health = Dire si le serveur du dossier de données est en service : code de sortie 0 si oui. Pour les moteurs de conteneurs et la supervision.
about-sync = Lire l’annuaire maintenant et appliquer les changements.
about-people = Les personnes de l’annuaire.
about-people-list = Lister tout le monde.
about-people-import = Ajouter et modifier les personnes d’un fichier CSV (login,name,mail). Qui n’y est pas reste.
about-people-suspend = Suspendre une personne : ses appareils sont révoqués et leurs sessions fermées aussitôt.
about-people-reset-identity = Mettre fin à l’identité d’une personne : clé et appareils ne comptent plus, ses collègues sont avertis, un code permet d’enrôler un nouvel appareil. Pour qui a perdu tous ses appareils, ou dont la clé a été prise.
about-people-remove = Retirer une personne définitivement : appareils révoqués, rien de personnel conservé. Pour mettre fin à l’accès seulement : « people suspend ».
about-people-resume = Lever une suspension ; la personne s’enrôle de nouveau.
about-people-unlink = Oublier le compte de la personne chez le fournisseur d’identité : à l’enrôlement suivant, un autre peut être le sien.
about-device = Les appareils des personnes.
about-device-list = Lister tous les appareils, ou ceux d’une personne.
about-device-revoke = Révoquer un appareil et fermer ses sessions aussitôt.
about-code = Les codes d’enrôlement à usage unique.
about-code-create = Créer un lien avec un code à usage unique pour une personne, et son code QR.
about-policy = La politique de l’organisation.
about-policy-show = Montrer la politique en vigueur.
about-policy-set = Publier une nouvelle version de la politique avec ces réglages changés, ou la garder comme brouillon.
about-policy-rows = Montrer ce qui peut être réglé : valeurs, valeur par défaut, qui l’applique, et où.
about-policy-of = Montrer ce qui est en vigueur pour une personne.
about-policy-preview = Montrer qui le brouillon concerne, et ce qui change pour ces personnes.
about-policy-publish = Publier le brouillon.
about-policy-discard = Oublier le brouillon.
about-policy-history = Lister les versions de la politique : quand, par qui, et ce qu’elles réglaient.
about-policy-rollback = Publier de nouveau ce que disait une version antérieure, comme une nouvelle version.
about-audit = Le journal d’audit des événements d’administration.
about-audit-list = Lister les événements.
about-audit-export = Écrire le journal, avec de quoi le vérifier, en lignes JSON dans un fichier.
about-audit-verify = Vérifier chaque ligne du journal du serveur, en marche ou arrêté, ou n’importe où un fichier exporté. Code de retour 3 : quelque chose n’est pas tel qu’il a été signé.
about-audit-sinks = Montrer où l’audit est envoyé, et s’il arrive.
about-handover = Montrer chaque champ que le serveur conserve et ce qu’il dit de qui : pour une demande légale ou un délégué à la protection des données.
about-audit-erase = Détruire la clé sous laquelle l’audit nomme une personne suspendue ou partie. C’est sans retour.
about-backup = Écrire tout ce qu’est le serveur (personnes, appareils, journaux, clés, configuration) dans un seul fichier chiffré, pendant qu’il sert.
about-restore = Ramener un serveur à partir d’une sauvegarde, dans un dossier de données vide.
about-doctor = Examiner configuration, annuaire, certificat, horloge, ports, disque et base de données ; dire ce qui ne va pas et que faire.
about-migrate = Mettre dès maintenant la base de données au schéma de ce programme et dire ce qui a été fait ; « serve » le fait aussi en démarrant.
about-store = La base de données.
about-store-copy = Transférer tout dans une autre base de données (SQLite ou PostgreSQL) et prouver que rien n’a changé. Arrêtez d’abord le serveur.
about-log = Le journal de transparence que suit chaque appareil.
about-log-checkpoint = Afficher l’état signé le plus récent du journal. Gardez-le ailleurs : une restauration le demande.
about-log-reset = Commencer un autre journal après une restauration ; la clé racine de l’organisation doit le signer. Arrêtez d’abord le serveur.
about-log-sign = Signer la demande d’un autre journal, sur la machine où la clé racine est gardée.
about-keys = La clé d’annuaire : elle prend fin après un an, sauf si la clé racine de l’organisation la prolonge ou la remplace.
about-keys-renew = Prolonger d’un an la clé d’annuaire, avec la clé racine à portée de main. Le serveur peut rester en service.
about-keys-rotate = Remplacer la clé d’annuaire, avec la clé racine à portée de main : quand quelqu’un peut en avoir une copie. Le serveur peut rester en service, les appareils suivent d’eux-mêmes.
about-keys-request = Écrire dans un fichier ce que la clé racine doit signer, quand elle est gardée ailleurs.
about-keys-sign = Signer une telle demande, sur la machine où la clé racine est gardée.
about-keys-install = Mettre en vigueur ce que la clé racine a signé. Le serveur peut rester en service.
about-root = La clé racine de l’organisation, pour qui la garde hors du serveur dès le début.
about-root-create = Créer une clé racine dans un nouveau fichier, sur une machine qui n’est pas le serveur et de préférence sans réseau.
about-root-request = Au serveur, avant son premier démarrage : écrire dans un fichier ce que la clé racine doit signer.
about-root-sign = Signer une telle demande, sur la machine qui a la clé racine.
about-root-install = Au serveur, avant son premier démarrage : prendre ce que la clé racine a signé. Ensuite « serve ».
about-admin = Les administrateurs de la console dans le navigateur.
about-admin-list = Lister les administrateurs et les liens qui n’ont pas encore servi.
about-admin-add = Créer un lien à usage unique par lequel quelqu’un devient administrateur.
about-admin-roles = Dire ce qu’un administrateur peut faire, et sur qui. Ses sessions se ferment.
about-admin-reset = Créer un nouveau lien à usage unique pour qui a perdu son mot de passe ou son second facteur. Les anciens ne valent plus rien.
about-admin-password = Changer son propre mot de passe : demande l’actuel, un code du second facteur et le nouveau. Vos sessions se ferment.
about-admin-sessions = Lister qui est connecté à la console, et depuis quand.
about-admin-end-session = Terminer aussitôt une session de la console.
arg-session = La session, telle que « admin sessions » la montre
about-admin-remove = Retirer un administrateur, ou annuler un lien. Ses sessions se ferment aussitôt.
about-approvals = Les actes qui exigent deux personnes.
about-approvals-list = Lister ce qui attend une seconde personne et ce qui a été décidé.
about-approvals-show = Afficher une demande, avec toutes les personnes qui y sont nommées.
about-approvals-approve = Approuver exactement ce que dit une demande ; l’exécution est immédiate. Jamais sa propre demande, et cette machine compte pour une personne.
about-approvals-refuse = Refuser une demande, ou retirer la sienne.
about-approvals-quorum = Dire combien de personnes exigent les actes sensibles. Revenir à une seule en exige deux.
arg-approval = Numéro de la demande, tel que le montre « approvals list »
arg-approval-digest = Ce qui est approuvé exactement : la dernière ligne de la demande dans « approvals list »
arg-quorum = 1 ou 2 ; deux seulement tant que deux propriétaires peuvent se connecter
about-integration = Les programmes munis d’un jeton : fournisseurs qui poussent des personnes (SCIM), et programmes qui lisent ou administrent (docs/api.md).
about-integration-list = Lister les jetons des programmes.
about-integration-add = Créer un jeton pour un programme. Il n’est montré qu’une fois.
about-integration-revoke = Révoquer un jeton. Il ne vaut plus rien dès cet instant.
about-integration-release = Laisser les fournisseurs retirer l’accès à plus de personnes que le frein d’une journée ne le permet, après vérification.

arg-config = Fichier de configuration (TOML)
arg-data = Dossier de données
arg-json = Écrire un objet JSON par ligne
arg-version = Afficher la version
arg-help = Afficher cette aide
arg-listen = Adresse du port public ; l’emporte sur la configuration
arg-plan = Montrer seulement ce qui changerait
arg-agree = Exécuter exactement le plan que « --plan » a montré sous cette empreinte, même si le frein le retient ; tout autre plan est refusé
arg-history = Montrer comment les lectures se sont passées, la plus récente d’abord
arg-source = Pour cette source seulement ; une source qui n’est plus configurée libère ses personnes, après « --plan » et « --agree »
arg-login = Identifiant de connexion de la personne
arg-device = Identifiant de l’appareil, 32 chiffres hexadécimaux
arg-csv = Fichier CSV ; « - » lit l’entrée standard
arg-changes = Des réglages comme file.send=off ; CLÉ=default retire un réglage
arg-policy-scope = Pour un groupe ou une personne plutôt que pour tout le monde
arg-policy-lock = Les portées plus étroites ne peuvent que durcir ces réglages
arg-policy-unlock = Les portées plus étroites peuvent les régler comme elles veulent
arg-policy-draft = Modifier le brouillon ; personne n’est concerné avant sa publication
arg-policy-publish = Le brouillon nommé par « policy preview » : exactement ce qui a été examiné
arg-policy-before = Les versions antérieures à celle-ci
arg-policy-version = La version à laquelle revenir
arg-export = Fichier à écrire ; ne doit pas exister
arg-administrator = Nom de l’administrateur, ou l’identifiant que montre « admin list »
arg-token-name = À quoi sert le jeton, par exemple le nom du programme
arg-token-scope = Ce que le programme peut faire : provisioning (pousser des personnes, rien d’autre), read (lire) ou administer (administrer)
arg-token-days = Durée de vie du jeton en jours, de 1 à 730 (365 sans indication)
arg-token = Identifiant du jeton, que montre « integration list »
arg-role = Ce qu’il peut faire, une fois par rôle : owner (tout, par défaut), people, policy, auditor, help-desk ; les quatre derniers peuvent être suivis de :GROUPE
arg-roles = Tout ce qu’il peut faire désormais : owner, people, policy, auditor, help-desk ; les quatre derniers peuvent être suivis de :GROUPE
arg-verify = Fichier exporté à vérifier ; à défaut, le journal du serveur en marche
arg-remove-for-good = Oui, définitivement : c’est irrévocable, et l’entrée de la personne dans l’annuaire ne fera revenir personne
arg-for-good = Oui, sans retour : nul ne saura plus jamais de qui parlent ces inscriptions
arg-backup = Fichier à écrire ; ne doit pas exister
arg-restore = Fichier de sauvegarde
arg-passphrase-file = Fichier dont la première ligne est la phrase secrète de la sauvegarde ; demandée à défaut
arg-check = Prouver seulement que le fichier est complet et restaurable, et dire ce qu’il contient ; rien n’est touché
arg-newest-checkpoint = L’état du journal le plus récent que l’on connaisse, tel que « pro-server log checkpoint » ou « isoloir checkpoint » l’a affiché
arg-without-checkpoint = Aucun état plus récent du journal n’est connu
arg-log-signed = Document signé par « log sign » ; à défaut, la clé racine du dossier de données signe
arg-log-reason = Pourquoi : le serveur a été restauré, ou il avait signé deux histoires
arg-root-key = Fichier de la clé racine de l’organisation
arg-log-request = Demande écrite par « restore » ou « log reset »
arg-log-to = Fichier à écrire ; ne doit pas exister
arg-root-key-here = Fichier de la clé racine de l’organisation ; à défaut, keys/organization-root.key dans le dossier de données
arg-keys-request = Demande écrite par « keys request »
arg-keys-rotate = Demander une autre clé d’annuaire, au lieu d’une prolongation
arg-keys-after = Un numéro que les appareils ont vu, après la restauration d’une sauvegarde plus ancienne (« isoloir status --json » le montre sur n’importe quel appareil)
arg-keys-new-key = La nouvelle clé, telle que « keys request --rotate » l’a montrée au serveur ; nécessaire seulement si la demande porte sur une autre clé
arg-keys-signed = Document signé avec « keys sign »
arg-keys-to = Fichier à écrire ; il ne doit pas exister
arg-root-create = Fichier pour la clé racine ; il ne doit pas exister
arg-root-directory-key = La clé d’annuaire, telle que « root request » l’a montrée au serveur
arg-root-request = Demande écrite par « root request »
arg-root-organization = L’empreinte de l’organisation, telle que « root create » l’a montrée
arg-root-signed = Document signé avec « root sign »
arg-migrate-plan = Dire seulement ce qui serait fait
arg-store-to = Vers où : une URL comme postgres://isoloir@db.example/isoloir, ou le chemin d’un nouveau fichier SQLite
arg-store-to-file = Fichier qui contient l’URL, pour qu’aucun mot de passe ne figure dans la liste des processus
arg-store-ca-file = Racines qui ont signé le certificat de la base de données (PEM)

heading-usage = Utilisation :
heading-commands = Commandes
heading-command = COMMANDE
heading-options = Réglages

usage-unknown-argument = « { $what } » n’est pas une option ici.
usage-unknown-command = « { $what } » n’est pas une commande.
usage-missing = Il manque : { $what }
usage-invalid-value = La valeur de { $what } n’est pas valable.
usage-wrong = Cette ligne de commande n’est pas valable. { $what }
usage-help = Davantage avec --help.

config-refused = La configuration a des défauts :
config-unknown = { $key } : clé inconnue. Retirez-la ou corrigez son orthographe.
config-unknown-nearest = { $key } : clé inconnue. Vouliez-vous dire « { $nearest } » ?
config-missing = { $key } : doit être renseigné.
config-wrong = { $key } : doit être { $expected }.
config-unreadable = { $key } : le fichier ne peut pas être lu ({ $reason }). Corrigez le chemin ou ses droits.
config-syntax = { $key } : la ligne { $line } n’est pas du TOML valable.
config-needs = { $key } : demande aussi { $other }. Renseignez les deux ou aucun.
config-excludes = { $key } : ne peut pas accompagner { $other }. Ne gardez que l’une des deux.
config-secret-inside = { $key } : contient un mot de passe. Mettez l’URL entière dans un fichier que seul l’utilisateur du serveur peut lire, et désignez-le par { $other }.
expected-text = un texte entre guillemets, non vide
expected-boolean = true ou false
expected-integer = un nombre entier de { $min } à { $max }
expected-socket-address = une adresse comme 0.0.0.0:8443
expected-https-url = une URL comme https://chat.example:8443, sans rien après le port
expected-ldap-url = une URL comme ldaps://directory.example:636
expected-ldap-filter = un filtre LDAP comme (objectClass=inetOrgPerson)
expected-source-name = un nom qu’aucune autre source ne porte, en minuscules, chiffres et tirets, comme paris
expected-sections = une section, ou une liste d’au plus { $max } sections
expected-attribute-name = le nom d’un attribut LDAP comme uid
expected-ldap-kind = active-directory ou standard
expected-texts = un texte, ou une liste d’au plus { $max } textes
expected-postgres-url = une URL comme postgres://isoloir@db.example/isoloir
expected-postgres-database = une URL qui nomme une base de données, comme postgres://isoloir@db.example/isoloir
expected-postgres-parameters = une URL dont PostgreSQL connaît les paramètres, comme ?sslmode=verify-full
expected-one-of = parmi : { $known }
expected-syslog-url = tls://HÔTE:PORT ou tcp://HÔTE:PORT
expected-long-secret = un fichier contenant un secret d’au moins { $min } caractères
expected-plain-name = un nom court en minuscules, chiffres et traits d’union
expected-unique-name = un nom qu’aucun autre ne porte
expected-path-of-its-own = un fichier qu’aucune autre destination n’écrit, pas même parmi ses anciens
expected-issuer-url = une URL https, exactement comme l’écrivent les métadonnées du fournisseur
expected-table = une section comme [http]

serve-ready = En service à { $url }. Organisation { $fingerprint }.
serve-console = Console d’administration : { $url }
serve-console-first = Personne n’administre encore ce serveur. Qui ouvre ce lien en devient le propriétaire ; il sert une fois, pendant 24 heures :
serve-stopping = Arrêt en cours.
serve-taken = Un autre serveur tourne déjà sur le dossier de données { $folder }. Arrêtez-le, ou choisissez un autre dossier avec --data.
serve-folder = Le dossier de données { $folder } est inutilisable : { $reason }.
serve-restore-unfinished = Une restauration dans { $folder } a été interrompue. Videz le dossier et restaurez de nouveau.
serve-log-pending = Le serveur de { $folder } a été restauré, et des appareils en savent peut-être plus que lui sur son journal. Ce journal doit être recommencé avec la clé racine de l’organisation avant qu’il serve : portez { $folder }/log-reset.request sur la machine de la clé racine, lancez-y « pro-server log sign --root-key CLÉ DEMANDE SIGNÉ », rapportez SIGNÉ et lancez « pro-server log reset SIGNÉ ». Si la clé racine est dans keys/, « pro-server log reset » suffit.
serve-key-ending = La clé d’annuaire prend fin le { $until }. Passé cette date, aucun appareil ne pourra être inscrit. Prolongez-la d’un an dès maintenant : « pro-server keys renew », ou « pro-server keys request » si la clé racine est gardée ailleurs.
serve-key-ended = La clé d’annuaire a pris fin le { $until }. Le serveur sert les appareils qu’il connaît ; aucun ne peut être inscrit, et aucun n’accepte un autre certificat du serveur. Prolongez la clé d’un an : « pro-server keys renew », ou « pro-server keys request » si la clé racine est gardée ailleurs. L’horloge est-elle juste ?
serve-no-database = Les clés de { $folder } sont celles d’une organisation dont la base de données manque ; avec une autre base, tout appareil y verrait un journal falsifié. Remettez server.db à sa place, ou restaurez une sauvegarde dans un dossier vide (« pro-server --data NOUVEAU restore FICHIER »). Pour fonder plutôt une autre organisation, déplacez d’abord tout le dossier { $folder }.
serve-empty-database = Les clés de { $folder } sont celles d’une organisation absente de la base de données { $place } ; avec une base vide, tout appareil y verrait un journal falsifié. Si l’organisation est encore dans { $folder }/server.db, transférez-la : « pro-server store copy --to URL ». Sinon, corrigez [store], ou restaurez une sauvegarde dans un dossier vide. Pour fonder plutôt une autre organisation, déplacez d’abord tout le dossier { $folder }.
serve-put-back = La base de données { $place } est plus ancienne que ce que ce serveur a montré : quelqu’un l’a ramenée à un jour antérieur, ou [store] désigne une ancienne copie. Des appareils connaissent des révocations qui n’y figurent pas ; rien n’est donc servi à partir d’elle. Corrigez [store], ou remettez la copie la plus récente. Si elle est perdue, lancez « pro-server log reset » : la clé racine signe qu’un autre journal commence, et les appareils gardent toutes les révocations qu’ils connaissent.
serve-other-keys = La base de données { $place } est celle d’une autre organisation que les clés de { $folder }. Corrigez [store], ou désignez le dossier de cette organisation avec --data.
serve-listen = L’adresse { $address } est inutilisable : { $reason }. Choisissez-en une autre avec --listen ou [http] listen.
serve-broken = Le serveur ne peut pas continuer ; son journal dit pourquoi.
serve-failed = Le serveur ne peut pas démarrer : { $reason }

store-unreachable = Le serveur de base de données { $place } est injoignable ({ $reason }). Est-il démarré, et un pare-feu laisse-t-il passer cette machine ? Vérifiez l’hôte et le port dans [store].
store-tls = La liaison avec la base de données { $place } ne peut pas être protégée : son certificat n’est pas à ce nom ou n’est pas signé par une autorité connue, ou le serveur n’offre pas TLS. Faites désigner par [store] ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il a été fait ; ou activez TLS sur la base.
store-password = Le serveur de base de données refuse cet utilisateur pour { $place }. Vérifiez l’utilisateur et le mot de passe dans le fichier de [store] url_file, et pg_hba.conf côté base.
store-no-database = Il n’y a pas de base de données { $place }. Créez-la : CREATE DATABASE … OWNER … (docs/server.md donne les lignes), ou corrigez le nom dans [store].
store-rights = Cet utilisateur ne peut pas créer de tables dans { $place }. Faites-en le propriétaire de la base : ALTER DATABASE … OWNER TO …
store-connections = Le serveur de base de données de { $place } n’a plus de connexion libre. Il en faut neuf : relevez-y max_connections, ou fermez celles qui ne servent pas.
store-taken = Un autre serveur travaille sur la base de données { $place }. Un seul à la fois le peut : arrêtez d’abord l’autre. « SELECT client_addr, backend_start FROM pg_stat_activity WHERE application_name = 'isoloir' », côté base, montre où il tourne.
store-newer = La base de données { $place } vient d’un programme plus récent. Installez cette version ou une plus récente.
store-foreign = La base de données { $place } contient des tables d’autre chose. Donnez à Isoloir une base à lui, vide au départ.
store-encoding = La base de données { $place } n’enregistre pas en UTF-8. Créez-en une autre : CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0
store-moved = Le contenu de la base de données { $place } a été transféré ailleurs, où il fait foi : servir sur celle-ci montrerait à tout appareil un journal plus ancien. Corrigez [store]. Pour revenir, copiez depuis là-bas avec « pro-server store copy ».
store-same = C’est déjà la base de données en service. Rien n’a été fait.
store-occupied = { $place } n’est pas vide. Rien n’a été fait ; donnez une base vide, ou le chemin d’un fichier qui n’existe pas.
store-differs = Ce qui a été relu dans { $place } n’est pas ce qui y a été écrit. Rien n’y a été gardé, et la base en service est inchangée. Lancez « pro-server doctor », puis examinez la destination.
store-unmarked = Tout se trouve dans { $place } et a été comparé, mais l’ancienne base n’a pas pu être marquée comme abandonnée ({ $reason }). Ne servez que sur l’une d’elles : indiquez maintenant la nouvelle dans [store], ou videz la nouvelle et recommencez.
store-copied = { $how ->
    [found] Une tentative antérieure avait tout copié dans { $to } ; la comparaison montre que c’est identique.
   *[copied] Tout est dans { $to } : chaque table a été relue et a les mêmes lignes et l’empreinte ci-dessus.
}
    journal     { $entries } inscriptions, racine { $root }
    audit       { $audit } inscriptions, racine { $audit_root }
    { $engine ->
        [postgres] Désignez-la maintenant dans [store] (url_file) et démarrez le serveur.
       *[sqlite] Retirez maintenant [store] de la configuration, placez le fichier dans le dossier de données sous le nom server.db, et démarrez le serveur.
    }
    Plus personne ne sert sur { $from }. Tout s’y trouve encore : détruisez-la quand vous êtes sûr.
migrated = { $state ->
    [planned] { $count ->
        [0] Il n’y aurait rien à faire : { $place } a le schéma de ce programme.
       *[other] Voilà ce qui serait appliqué à { $place }.
    }
   *[applied] { $count ->
        [0] Il n’y avait rien à faire : { $place } a le schéma de ce programme.
       *[other] Appliqué à { $place }.
    }
}

admin-not-running = Aucun serveur ne tourne sur le dossier de données { $folder }. Démarrez-le avec « pro-server serve », ou indiquez son dossier avec --data.
admin-denied = Le socket d’administration de { $folder } est réservé à l’utilisateur du serveur et à root.
admin-lost = Le serveur a disparu avant d’avoir répondu complètement.
admin-file = Le fichier { $file } est inutilisable : { $reason }.
people-remove-unsaid = Retirer une personne est irrévocable : ni nom, ni identifiant, ni adresse ne sont conservés, et son entrée dans l’annuaire ne fera revenir personne. Si c’est bien ce que vous voulez, ajoutez « --for-good » ; pour mettre fin à l’accès seulement, « people suspend ».
audit-erase-unsaid = Rien n’a été fait. L’effacement est sans retour ; dites que vous le voulez avec --for-good. Les sauvegardes antérieures contiennent encore la clé : supprimez-les aussi.
backup-written = Sauvegarde écrite dans { $file } (personnes : { $people }, appareils : { $devices }, inscriptions du journal : { $entries }, de l’audit : { $audit }, octets avant chiffrement : { $bytes }). { $root ->
    [yes] La clé racine s’y trouve.
   *[no] La clé racine n’y est pas ; elle est gardée ailleurs.
}
    Sans la phrase secrète, personne ne peut la restaurer. Éprouvez-la de temps en temps avec « pro-server restore --check ».
backup-exists = { $file } existe déjà. Rien n’a été écrit ; choisissez un autre nom.
backup-nothing = Il n’y a pas de serveur dans { $folder } : la base de données manque. Indiquez son dossier avec --data.
admin-password-terminal = Un mot de passe se saisit dans un terminal, et il n’y en a pas.
admin-ask-password = Mot de passe actuel :
admin-ask-code = Code du second facteur :
admin-ask-new-password = Nouveau mot de passe :
admin-ask-new-password-again = Le même nouveau mot de passe encore une fois :
admin-passwords-differ = Les deux nouveaux mots de passe ne sont pas les mêmes. Rien n’a changé.
backup-passphrase-needed = Il n’y a pas de terminal où demander. Donnez la phrase secrète avec --passphrase-file.
backup-passphrase-empty = La phrase secrète est vide. Rien n’a été fait.
backup-passphrase-short = La phrase secrète est trop courte : au moins { $least } caractères. La sauvegarde contient toutes les clés de l’organisation.
backup-passphrases-differ = Les deux phrases secrètes diffèrent. Rien n’a été fait.
backup-ask-passphrase = Phrase secrète de la sauvegarde :
backup-ask-passphrase-again = La même phrase secrète encore une fois :
backup-no-backup = { $file } n’est pas une sauvegarde de pro-server.
backup-newer = { $file } vient d’un programme plus récent. Restaurez avec cette version ou une plus récente.
backup-wrong-passphrase = La phrase secrète est fausse. Rien n’a été fait ; réessayez, ou retrouvez celle de l’époque.
backup-damaged = { $file } est abîmé ou incomplet. Rien n’en a été restauré ; prenez une autre copie ou une sauvegarde antérieure.
backup-memory = La mémoire ne suffit pas pour dériver la clé de la phrase secrète (128 Mio). Libérez-en et recommencez.
backup-disk-full = Le disque est plein. Rien n’a été laissé ; faites de la place et recommencez.
restore-checked = { $file } est complet et peut être restauré.
    fait le        { $made }
    personnes      { $people }
    appareils      { $devices }
    journal        { $entries } inscriptions
    audit          { $audit } inscriptions
    taille         { $bytes } octets
    clé racine     { $root ->
        [yes] comprise
       *[no] non comprise, gardée ailleurs
    }
    organisation   { $organization }
restore-not-empty = { $folder } n’est pas vide. Une sauvegarde ne se restaure que dans un dossier de données vide, pour que rien ne se perde : déplacez ce qui s’y trouve, ou indiquez un autre dossier avec --data.
restore-newest-needed = Dites ce que l’on sait du journal : --newest-checkpoint FICHIER avec l’état le plus récent qu’a affiché « isoloir checkpoint » sur un appareil quelconque ou « pro-server log checkpoint », ou --without-checkpoint s’il n’y en a pas.
restore-ask-newest = Le journal de cette sauvegarde a { $entries } inscriptions. Des appareils en ont peut-être vu davantage depuis.
    Fichier de l’état le plus récent que l’on connaisse (« isoloir checkpoint » l’affiche sur tout appareil) ; vide s’il n’y en a pas :
restore-done = Restauré à partir de { $file }, fait le { $made } (personnes : { $people }, appareils : { $devices }, inscriptions du journal : { $entries }).
restore-log = { $log ->
    [goes-on] Le journal continue : personne n’a vu plus que ce qui a été restauré.
        Démarrez-le avec « pro-server --data { $folder } serve ».
    [reset] Le journal a été recommencé, signé par la clé racine. Les appareils montrent une restauration, pas une attaque ; ce qu’ils savent des révocations demeure.
        Démarrez-le avec « pro-server --data { $folder } serve ». Révoquez de nouveau qui l’a été après la sauvegarde, et enrôlez de nouveau qui l’a été après elle.
   *[reset-pending] Le journal doit être recommencé, et la clé racine n’est pas dans keys/.
        1. Portez { $folder }/log-reset.request sur la machine de la clé racine.
        2. Là-bas : pro-server log sign --root-key CLÉ log-reset.request log-reset.signed
        3. Ici :    pro-server --data { $folder } log reset log-reset.signed
        D’ici là, le serveur ne sert pas.
}
restore-administrators = Ces administrateurs sont ceux du jour de la sauvegarde, avec leurs mots de passe et seconds facteurs de ce jour. Vérifiez la liste :
    retirez qui a été retiré depuis (« pro-server admin remove NOM ») et réinitialisez qui l’a été depuis (« pro-server admin reset NOM »).
    Les liens à usage unique et les codes d’enrôlement d’avant ne valent plus rien : faites-en de nouveaux.
offline-taken = Un serveur tourne sur { $folder }. Arrêtez-le d’abord.
offline-unusable = L’état du dossier de données ne peut pas être utilisé : { $reason }
log-not-our-checkpoint = Le fichier n’est pas un point de contrôle signé par la clé d’annuaire de cette organisation. « isoloir checkpoint » en écrit un sur n’importe quel appareil. Si la clé d’annuaire a été remplacée après cette sauvegarde, aucun point de contrôle postérieur ne peut être lu : utilisez --without-checkpoint.
log-not-signed = Le document n’est pas signé par la clé racine de cette organisation. Rien n’a été changé.
log-other-state = Le document a été fait pour un autre état du journal. Rien n’a été changé ; lancez « log reset » sans fichier pour une nouvelle demande.
log-no-request = Le fichier n’est pas une demande de nouveau journal, ni une demande signée.
log-other-organization = La demande n’est pas de l’organisation de cette clé racine. Rien n’a été signé.
log-signed = Signé pour l’organisation { $organization } : un autre journal commence après { $entries } inscriptions. Portez { $file } au serveur et lancez « pro-server log reset { $file } ».
keys-root-elsewhere = La clé racine n’est pas dans { $folder }/keys. Indiquez son fichier avec --root-key, ou faites-la signer là où elle est gardée :
    1. Ici :    pro-server --data { $folder } keys request keys.request
    2. Là-bas : pro-server keys sign --root-key CLÉ keys.request keys.signed
    3. Ici :    pro-server --data { $folder } keys install keys.signed
keys-root-elsewhere-rotate = La clé racine n’est pas dans { $folder }/keys. Indiquez son fichier avec --root-key, ou faites-la signer là où elle est gardée :
    1. Ici :    pro-server --data { $folder } keys request --rotate keys.request
    2. Là-bas : pro-server keys sign --root-key CLÉ --new-key HEX keys.request keys.signed
    3. Ici :    pro-server --data { $folder } keys install keys.signed
keys-requested = La demande est dans { $file }. Portez-la à la machine qui a la clé racine, lancez-y « pro-server keys sign --root-key CLÉ { $file } keys.signed », rapportez keys.signed et lancez « pro-server keys install keys.signed ».
keys-requested-successor = La demande est dans { $file }. Elle porte sur une autre clé d’annuaire :
    { $key }
    Portez le fichier à la machine qui a la clé racine, et cette clé par un autre chemin : sur papier, ou par téléphone. Lancez-y :
    pro-server keys sign --root-key CLÉ --new-key { $key } { $file } keys.signed
    Rapportez keys.signed et lancez « pro-server keys install keys.signed ».
keys-signed = Signé pour l’organisation { $organization } : sa clé d’annuaire est valable du { $from } au { $until }. Si ces dates ne sont pas celles de l’année qui vient, détruisez { $file } : quelqu’un demande du temps par avance. Sinon, portez-le au serveur et lancez « pro-server keys install { $file } ».
keys-signed-successor = Une autre clé d’annuaire prend la place de la présente dès que ceci est installé.
root-created = La clé racine est dans { $file }. Qui a ce fichier peut être l’organisation : gardez-le, et une copie ailleurs, jamais sur le serveur. L’empreinte de l’organisation, qui figure dans chaque lien d’inscription :
    { $organization }
    Ensuite, au serveur et avant son premier démarrage : pro-server root request root.request
root-requested = La demande est dans { $file }. La clé d’annuaire du serveur :
    { $key }
    Portez le fichier à la machine qui a la clé racine, et cette clé par un autre chemin : sur papier, ou par téléphone. Lancez-y :
    pro-server root sign --root-key CLÉ --directory-key { $key } { $file } root.signed
root-signed = Signé pour l’organisation { $organization } : sa clé d’annuaire est valable du { $from } au { $until }. Si ces dates ne sont pas celles de l’année qui vient, détruisez { $file }. Sinon, portez-le au serveur et lancez-y :
    pro-server root install --organization { $organization } { $file }
root-installed = Ce serveur appartient à l’organisation { $organization }. Démarrez-le : pro-server serve. Sa clé racine n’est pas ici ; une fois par an, et après une restauration, elle doit signer.
root-keys-here = { $folder } a déjà des clés : son organisation existe. Rien n’a été changé. Une clé racine ne s’échange pas ; retirez plutôt son fichier (« pro-server doctor » dit où il se trouve).
root-nothing-waits = Rien ici n’attend de clé racine. Lancez d’abord « pro-server root request FICHIER » sur ce serveur.

refused-no-such-person = Il n’y a pas de telle personne. « people list » montre tout le monde.
refused-no-such-administrator = Cet administrateur n’existe pas. « admin list » les montre tous.
refused-last-owner = C’est le dernier propriétaire qui peut se connecter. Ajoutez-en d’abord un autre, ou employez « admin reset ».
refused-oneself = Nul ne se fait cela à soi-même. Un autre propriétaire le peut.
refused-role = Aucun rôle de cet administrateur ne le permet. Adressez-vous à un propriétaire.
refused-not-a-newcomer = Cette personne a déjà eu un appareil. L’assistance ne crée de codes que pour les nouveaux venus ; adressez-vous à un administrateur qui a le rôle « people ».
refused-roles = Un administrateur a de 1 à 32 rôles.
refused-waits = Demandé. Ceci exige une seconde personne et l’attend, sous le numéro { $detail }. Un autre administrateur l’approuve dans la console, sous Approbations, dans la journée.
refused-two-people = Ceci exige deux personnes, et un programme n’en est pas une. Rien n’a été fait.
refused-sign-in = Le mot de passe est faux, ou le code n’est pas celui de l’instant. Rien n’a changé.
refused-account = Le nouveau mot de passe ne convient pas. Rien n’a changé. ({ $detail })
refused-sign-in-again = C’est un acte sensible. Reconnectez-vous, puis recommencez.
refused-own-request = Quelqu’un d’autre doit approuver. Qui exécute des commandes sur cette machine compte pour une personne.
refused-too-many-lost = L’accès a été retiré à dix personnes en un jour. Quelqu’un qui a le rôle « people » ou « owner » doit poursuivre.
refused-too-few-owners = Il faut deux propriétaires qui puissent se connecter. Nommez-en d’abord un autre.
refused-too-many-waiting = Trop de demandes attendent une seconde personne. Décidez-en d’abord quelques-unes.
refused-decided = Cette demande est déjà décidée.
refused-request-expired = Cette demande a plus d’un jour. Refaites-la.
refused-no-such-session = Cette session n’existe pas, ou elle est terminée. « admin sessions » les montre toutes.
refused-no-such-request = Cette demande n’existe pas. « approvals list » les montre toutes.
refused-no-such-token = Ce jeton n’existe pas, ou il est déjà révoqué. « integration list » les montre tous.
refused-too-many-tokens = Le nombre maximal de jetons est atteint. Révoquez-en d’abord un.
refused-token-name = Un jeton porte un nom d’au plus 64 octets et vit de 1 à 730 jours.
refused-token = Le jeton est inconnu, révoqué ou expiré.
refused-no-such-device = Il n’y a pas de tel appareil. « device list » les montre tous.
refused-login-taken = Quelqu’un qui figure à l’annuaire porte déjà cet identifiant. Un identifiant appartient à une seule personne.
refused-groups = La personne est dans trop de groupes.
refused-no-such-source = Cette source n’existe pas, ou il y en a plusieurs : nommez-en une avec « --source ».
refused-sources = Toutes les sources n’ont pas été synchronisées : { $detail }. Les lignes ci-dessus disent pourquoi ; les autres le sont.
refused-no-directory = Aucun annuaire externe n’est configuré ([directory.ldap]) ; il n’y a rien à synchroniser.
refused-brake = Rien n’a été changé, le frein retient : trop de personnes perdraient leur accès ou leurs groupes ({ $detail }). « pro-server sync --plan » montre lesquelles, et comment appliquer exactement cela.
refused-brake-empty = Rien n’a été changé, le frein retient : l’annuaire ne montre personne, alors que des personnes sont inscrites. Vérifiez base_dn, filter et le compte de service ; « pro-server doctor » aide.
refused-brake-doubtful = Rien n’a été changé, le frein retient : des personnes manquent, alors que certaines entrées ne montrent ni identifiant ni nom de connexion, ou qu’une base entière ne montre plus personne. Vérifiez ce que le compte de service peut lire ; « pro-server sync --plan » montre qui perdrait l’accès, et comment appliquer exactement cela.
refused-already-suspended = Cette personne est déjà suspendue.
refused-not-suspended-by-hand = Cette personne n’a pas été suspendue à la main. Qui a quitté l’annuaire revient par l’annuaire.
refused-already-revoked = Cet appareil est déjà révoqué.
refused-stale = Autre chose a été changé au même moment. Regardez de nouveau et recommencez.
refused-suspended = Cette personne est suspendue. Levez d’abord la suspension.
refused-login = Ce n’est pas un identifiant de connexion : il a des caractères qu’aucun n’a.
refused-takes-part = Cette personne participe encore. Suspendez-la d’abord ; qui participe figure dans l’audit.
refused-unnamed = L’audit ne nomme pas, ou plus, cette personne. Rien n’a été fait.
refused-csv = Rien n’a été importé : { $detail }
refused-csv-lines = Ce fichier ne sera pas importé : { $detail } de ses lignes sont inutilisables, pour les raisons ci-dessus. Corrigez-les et recommencez.
refused-policy = Rien n’a été publié : { $detail }
refused-policy-scope = Cette portée n’existe pas. Écrivez group:NOM ou person:IDENTIFIANT.
refused-no-such-policy = Il n’y a pas de brouillon, ou pas de telle version. Rien n’a été changé.
refused-database = La base de données ne répond pas. Rien n’a été changé ; réessayez.
refused-store-taken = Un autre serveur travaille sur la base de données. Rien n’a été changé ; ce serveur s’arrête.
refused-store-behind = La base de données est plus ancienne que ce que ce serveur a montré. Rien n’a été changé, et ce serveur s’arrête. La base a-t-elle été ramenée à un jour antérieur ? Remettez alors la copie la plus récente ; le prochain démarrage dit que faire sinon.
refused-disk-full = Le disque est plein. Rien n’a été changé ; libérez de la place.
refused-ldap-unreachable = L’annuaire est injoignable. Vérifiez l’hôte et le port de directory.ldap.url, et le réseau entre les deux.
refused-ldap-timeout = L’annuaire n’a pas répondu à temps. Vérifiez sa charge et le réseau entre les deux.
refused-ldap-certificate = Le certificat de l’annuaire n’est pas reconnu. Mettez dans directory.ldap.ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il est fait.
refused-ldap-ca-file = directory.ldap.ca_file n’a pas de certificat utilisable ; il doit être en PEM.
refused-ldap-start-tls = L’annuaire refuse StartTLS. Employez ldaps://, ou activez StartTLS dans l’annuaire.
refused-ldap-service-account = L’annuaire refuse le compte de service. Vérifiez bind_dn et bind_password_file.
refused-ldap-base = L’annuaire n’a pas d’entrée base_dn ou group_base_dn. Vérifiez son orthographe et ce que le compte de service peut lire.
refused-ldap-filter = L’annuaire n’accepte pas le filtre. Vérifiez ses parenthèses et les noms d’attributs.
refused-ldap-size-limit = L’annuaire s’arrête avant la fin de la liste. Accordez au compte de service des résultats paginés sans limite.
refused-ldap-too-many = L’annuaire montre trop de personnes. Restreignez base_dn ou filter.
refused-ldap-service-password-expired = Le mot de passe du compte de service a expiré. Définissez-en un nouveau dans l’annuaire et dans bind_password_file.
refused-ldap-service-account-locked = Le compte de service est verrouillé après des mots de passe faux. Déverrouillez-le dans l’annuaire, et cherchez ce qui l’emploie aussi.
refused-ldap-service-account-closed = Le compte de service est désactivé, a expiré ou n’est pas admis en ce moment. Ouvrez-le dans l’annuaire.
refused-ldap-too-many-groups = L’annuaire montre trop de groupes. Restreignez group_base_dn ou group_filter.
refused-ldap-required-group = L’annuaire n’a pas de groupe required_group que le compte de service puisse lire. Vérifiez son nom distinctif, qu’il est sous group_base_dn, et les droits du compte. Personne ne perd l’accès pour cette raison.
refused-ldap-referral = Une partie de ce qui est demandé se trouve sur un autre serveur, auquel l’annuaire renvoie. Indiquez-le dans url, ou faites-en une source à part et restreignez base_dn.
refused-ldap-incomplete = L’annuaire a terminé sa réponse avant que tout ne soit arrivé. Rien n’a été changé ; la lecture sera retentée.
refused-ldap-busy = L’annuaire est surchargé ou s’arrête. La lecture sera retentée ; si cela dure, consultez le journal de l’annuaire.
refused-ldap-disconnected = La connexion à l’annuaire s’est rompue. Réessayez.
refused-ldap-refused = L’annuaire refuse : { $detail }
refused-no-such-provider = Aucun fournisseur d’identité ne porte ce nom.
refused-not-linked = Cette personne n’a ici aucun compte chez un fournisseur d’identité.
refused-backup-incoherent = La copie de la base ne correspond pas à ce que sait le serveur. Rien n’a été écrit. Lancez « pro-server doctor », et gardez les sauvegardes antérieures.
refused-backup-copy = Rien n’a été écrit : { $detail }
refused-backup-file-large = Un fichier que nomme la configuration est trop grand pour être une clé, un certificat ou un mot de passe. Rien n’a été écrit ; corrigez la configuration et recommencez. ({ $detail })
refused-internal = Le serveur a échoué ; son journal en dit plus.
refused-malformed = Le serveur n’a pas compris la demande. Est-il de la même version ?
refused-renewal-malformed = Le fichier n’est ni une demande de prolongation de la clé d’annuaire, ni une prolongation signée. Rien n’a été fait.
refused-renewal-other-organization = Ceci n’a pas été signé par la clé racine de cette organisation, ou n’est pas de l’organisation de cette clé racine. Rien n’a été fait.
refused-renewal-other-key = Ceci porte sur une autre clé que la clé d’annuaire en vigueur et que celle qui attend de la remplacer, ou que celle qui a été nommée. Rien n’a été fait ; faites une nouvelle demande avec « keys request ».
refused-renewal-unnamed = Cette demande porte sur une autre clé d’annuaire, et non sur une prolongation. Si c’est voulu, recommencez avec --new-key et la clé que « keys request --rotate » a montrée au serveur. Rien n’a été signé.
refused-renewal-old = Une prolongation aussi récente, ou plus récente, est déjà en vigueur. Rien n’a été fait.
refused-renewal-time = La durée donnée par cette prolongation est écoulée, n’a pas commencé ou dépasse un an. Rien n’a été fait. L’horloge est-elle juste ? Si oui, faites une nouvelle demande avec « keys request ».
refused-renewal-begun = La nouvelle parole de la clé racine est en vigueur, mais n’a pas encore pu être inscrite au journal ({ $detail }). Le serveur continue d’essayer de lui-même ; « pro-server doctor » dit ce qui l’empêche. Ne répétez pas la commande.
refused-renewal-keys = Le dossier des clés ne peut pas être écrit : { $detail } Rien n’a été changé ; corrigez cela et recommencez.
refused-founding-malformed = Le fichier n’est ni une demande de « root request », ni ce que « root sign » en a fait. Rien n’a été fait.
refused-founding-other-key = Ceci porte sur une autre clé d’annuaire que celle qui a été nommée ou qui attend ici. Rien n’a été fait. Comparez-la avec ce que « root request » a montré au serveur ; si elle diffère, quelqu’un a échangé le fichier.
refused-founding-other-organization = Ceci a été signé par une autre clé racine que celle de l’organisation nommée. Rien n’a été fait.
refused-founding-time = La durée donnée est écoulée, n’a pas commencé ou dépasse un an. Rien n’a été fait. L’horloge est-elle juste ? Si oui, recommencez avec « root request ».

row-person = { $login }  { $name }  { $state ->
    [provisioned] non enrôlé
    [suspended] a quitté l’annuaire
    [locked] suspendu
   *[active] actif
}
row-device = { $device }  { $login }  { $state ->
    [revoked] révoqué
   *[active] actif
}
row-change = { $change ->
    [add] + { $login }
    [suspend] - { $login } (suspension)
    [resume] + { $login } (reprise)
   *[update] ~ { $login }
}
row-skipped = ! entrée { $place } laissée de côté : { $reason } { $login }
row-run = { $state ->
    [planned] Il y aurait : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises, { $skipped } laissés de côté.
   *[applied] Fait : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises, { $skipped } laissés de côté.
}
row-run-source = { $source } : { $text }
row-past-run = { $last }  { $source }  ×{ $times }  { $state ->
    [braked] retenue par le frein : { $hit } personnes auraient été touchées, { $allowed } permises
    [failed] échec : { $code }
    [agreed] faite, consentie malgré le frein ({ $hit } personnes touchées) : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises
   *[done] faite : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises
}
row-run-digest = Pour exécuter exactement ceci, quoi qu’en dise le frein : pro-server sync --source { $source } --agree { $digest }
row-import-digest = Pour importer le fichier exactement ainsi : pro-server people import FICHIER --agree { $digest }
row-run-refused = Source { $source } : { $reason }
row-code = Lien pour { $login }, à usage unique, jusqu’au { $expires } :
row-policy = Politique, version { $version }
row-policy-locked = (verrouillé)
row-policy-scope = Pour { $scope }
row-policy-kind = { $values } ; par défaut { $default } ; pour { $scopes } ; { $enforcer ->
    [server] le serveur refuse
    [both] le serveur refuse et le client obéit
   *[client] le client obéit, aussi sûr qu’un client non modifié
}
row-policy-person = En vigueur pour { $login }, selon la version { $version } de la politique
row-policy-preview = Le brouillon { $draft }, issu de la version { $version }, change quelque chose pour { $reached } personnes sur { $people }
row-policy-change = { $policy } : { $before } devient { $after } pour { $people }
row-policy-weakened = Permet davantage qu’avant : { $what }
row-policy-past = Version { $version }, { $time }, { $by } ; groupes et personnes ayant leurs propres règles : { $scopes }
row-verified = { $entries ->
    [one] Vérifié : { $entries } entrée, racine { $root }.
   *[other] Vérifié : { $entries } entrées, racine { $root }.
}
row-stored = { $rows ->
    [one] { $table }, { $rows } ligne : { $about }.
   *[other] { $table }, { $rows } lignes : { $about }.
}
handover-organization = quelles clés appartiennent à cette base, et depuis quand
handover-member = les personnes de l’annuaire
handover-device = les appareils enrôlés, avec leurs certificats ; aucun nom d’appareil, aucune adresse de réseau, rien sur leur usage
handover-enrollment_code = les codes à usage unique qui attendent, sous forme d’empreintes
handover-log_leaf = le journal de transparence : identifiants tirés au hasard, clés, empreintes ; aucun nom
handover-audit_entry = l’audit : ce qui s’est passé et quand est lisible ; qui c’était figure sous un pseudonyme, qu’une clé dans audit_party permet d’ouvrir
handover-audit_party = les clés sous lesquelles l’audit nomme personnes et administrateurs ; en détruire une les y efface
handover-audit_sink = où en est chaque destination de l’audit
handover-checkpoint = les têtes signées des deux journaux
handover-policy = toutes les politiques publiées
handover-policy_layers = les règles de la politique pour des groupes, par leur nom, et pour des personnes, par identifiant de membre ; et qui les a publiées
handover-policy_draft = les brouillons de la prochaine politique, celui de l’organisation et un pour les groupes sur lesquels porte un rôle, et qui a modifié chacun en dernier
handover-directory_version = les versions de l’annuaire publié
handover-administrator = les administrateurs de la console
handover-administrator_role = Ce que les administrateurs de la console peuvent faire, et sur les personnes de quel groupe.
handover-approval = Les actes qui attendent un second administrateur, ou qui ont été décidés : lesquels exactement, par identifiants et réglages (avec le compte du fournisseur d’identité à lier), qui a demandé, qui a décidé.
handover-quorum = Si les actes sensibles exigent deux personnes.
handover-administrator_link = quel compte chez un fournisseur d’identité est quel administrateur
handover-member_link = quel compte chez un fournisseur d’identité est quelle personne
handover-log_reset = comment un journal a recommencé après une restauration
handover-directory_source = d’où viennent les personnes
handover-directory_run = le déroulement des passages sur l’annuaire, en nombres
handover-directory_run_skipped = les entrées qu’un passage a laissées de côté, et pourquoi
handover-integration = les programmes qui ont leur propre jeton
handover-scim_person = ce qu’un fournisseur a transmis d’une personne
handover-scim_group = les groupes qu’un fournisseur a transmis
handover-scim_membership = qui est dans lequel de ces groupes
handover-scim_loss = à qui un fournisseur a retiré l’accès en un jour, pour le frein
handover-class-personal = dit quelque chose d’une personne, lisible
handover-class-pseudonym = tient lieu de quelqu’un, et ne dit qui qu’à côté d’une ligne qui le nomme
handover-class-sealed = lisible seulement avec une clé conservée ailleurs
handover-class-secret = une clé, ou l’empreinte d’un secret
handover-class-technical = ne dit rien de personne
handover-class-undescribed = personne ne l’a décrit : traitez-le comme personnel, et signalez-le
row-sink = { $waiting ->
    [one] { $name } ({ $to }) : { $waiting } entrée en attente ; { $reason }.
   *[other] { $name } ({ $to }) : { $waiting } entrées en attente ; { $reason }.
}
fault-none = tout arrive
fault-sink-unreachable = elle est injoignable. Vérifiez son adresse dans [[audit.sinks]] et le réseau entre les deux
fault-sink-timeout = elle ne répond pas à temps. Vérifiez sa charge et le réseau entre les deux
fault-sink-certificate = son certificat n’est pas reconnu. Mettez dans ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il a été fait
fault-sink-own-files = ca_file, certificate_file ou key_file ne contient rien d’utilisable. Il faut du PEM
fault-sink-broke = elle a coupé la connexion. Un nouvel essai suit ; son propre journal dit pourquoi
fault-sink-certificate-refused = elle refuse ce serveur lors de la négociation TLS. Vérifiez certificate_file et key_file ; son propre journal dit pourquoi
fault-sink-refused = elle refuse. Son propre journal dit pourquoi ; un mauvais secret est la raison habituelle
fault-sink-file = le fichier ne peut pas être écrit. Vérifiez les droits de son dossier et la place sur son disque
fault-sink-database = l’audit ne peut pas être lu en ce moment. « pro-server doctor » aide
fault-sink-file-taken = le fichier est verrouillé : un autre programme ou une autre destination l’écrit. Donnez à chacun un chemin à lui
fault-sink-not-a-file = le chemin mène à un lien, un dossier ou un périphérique. Seul un fichier ordinaire est écrit
fault-sink-entries-missing = il manque à l’audit des inscriptions qui ont été signées. Lancez « pro-server audit verify », et conservez le dossier de données pour examen
fault-sink-entries-beyond = des lignes que personne n’a signées se trouvent au-delà de la fin de l’audit. Elles ne sont pas envoyées ; ce qui est signé l’est. Lancez « pro-server audit verify », et conservez le dossier de données pour examen
row-exported = { $lines ->
    [one] { $lines } ligne écrite dans { $file }.
   *[other] { $lines } lignes écrites dans { $file }.
}
row-serving = En service.
row-administrator = { $id }  { $name }  { $roles }  { $state ->
    [waiting] lien pas encore utilisé
    [expired] lien expiré
   *[active] actif
}
row-link = Lien à usage unique pour un administrateur ({ $roles }), jusqu’au { $expires } :
row-integration = { $id }  { $scope }  { $name }  { $state ->
    [expired] expiré le { $until }
   *[active] jusqu’au { $until }
}  dernier emploi : { $used }
row-token = Le jeton, montré cette seule fois, valable jusqu’au { $expires }. Adresse et jeton pour le programme :
row-session = { $id }  { $name }  depuis { $opened }  dernier emploi { $used }
row-approval = { $number }  { $act }  { $state ->
    [waiting] attend jusqu’au { $until }
    [expired] expirée
    [interrupted] approuvée par { $decider }, puis interrompue ; à redemander
    [refused] refusée par { $decider }
    [stale] ne convenait plus, non exécutée
    [open] approuvée par { $decider } : qui l’a demandée peut le faire maintenant, par la même commande
   *[done] exécutée, approuvée par { $decider }
}  demandée par : { $asker }
row-detail = { $what } : { $value }
act-code = code d’enrôlement pour une personne qui a déjà eu un appareil
act-reset-identity = mettre fin à l’identité d’une personne, avec un code pour un nouvel appareil
act-suspend = suspendre une personne de plus
act-remove = retirer définitivement une personne de plus
act-revoke = révoquer un appareil de plus
act-run = lecture de l’annuaire retenue par le frein
act-release-brake = desserrer le frein des personnes poussées
act-add-administrator = nouvel administrateur
act-assign-roles = autres rôles pour un administrateur
act-reset-administrator = nouveaux mot de passe et second facteur pour un administrateur
act-remove-administrator = suppression d’un administrateur
act-link-administrator = compte d’un administrateur chez un fournisseur d’identité
act-policy = politique plus permissive
act-erase = effacer un nom du journal d’audit
act-erase-person = effacer une personne partout
act-erase-administrator = effacement d’un administrateur supprimé
act-quorum-off = une seule personne pour les actes sensibles
act-rotate-directory-key = une autre clé d’annuaire
act-export-person = extraire tout ce qui est conservé sur une personne
act-add-integration = jeton pour un programme qui modifie
act-forgotten = un acte sur une personne effacée depuis
act-detail-person = personne
act-detail-device = appareil
act-detail-source = source
act-detail-plan = plan
act-detail-loses-access = perdent l’accès
act-detail-loses-groups = perdent des groupes
act-detail-joins = sont ajoutées
act-detail-changes = sont modifiées
act-detail-leaver = perd l’accès
act-detail-leavers-more = et encore
act-detail-administrator = administrateur
act-detail-roles = rôles
act-detail-provider = fournisseur d’identité
act-detail-account = compte chez lui
act-detail-version = à partir de la version
act-detail-setting = réglage
act-detail-program = programme
act-detail-scope = peut
act-detail-days = jours
act-detail-key = nouvelle clé
act-detail-digest = à approuver
row-key = La clé d’annuaire est valable jusqu’au { $until } (numéro { $serial }). Les appareils la prennent d’eux-mêmes.
row-key-rotated = Une autre clé d’annuaire est en vigueur, valable jusqu’au { $until } (numéro { $serial }). Les appareils la prennent d’eux-mêmes ; les témoins doivent en être informés (« pro-server audit checkpoint --json »). Faites une sauvegarde : une plus ancienne contient l’ancienne clé.
row-done = Fait.

doctor-mark-fine = bien :
doctor-mark-warning = attention :
doctor-mark-problem = DÉFAUT :
doctor-all-fine = Rien n’est en défaut.
doctor-problems = { $count ->
    [one] 1 défaut a été trouvé.
   *[other] { $count } défauts ont été trouvés.
}
doctor-config-fine = la configuration est utilisable.
doctor-folder-fine = le dossier de données { $folder } est utilisable, et par personne d’autre.
doctor-folder-missing = le dossier de données { $folder } n’existe pas encore ; le premier « serve » le crée. S’il devrait exister, indiquez-le avec --data.
doctor-folder-no-folder = { $folder } n’est pas un dossier. Indiquez le dossier de données avec --data.
doctor-folder-open = d’autres utilisateurs de cette machine ont accès à { $folder }. Retirez-le-leur : chmod -R go= { $folder }
doctor-folder-read-only = cet utilisateur ne peut pas écrire dans le dossier de données { $folder }. Travaillez sous l’utilisateur à qui il appartient, ou corrigez son propriétaire avec chown.
doctor-folder-restore-unfinished = une restauration dans { $folder } a été interrompue. Videz le dossier et restaurez de nouveau.
doctor-folder-log-pending = { $folder } a été restauré et son journal doit être recommencé avant que le serveur serve : lancez « pro-server log reset ».
doctor-disk-fine = { $mebibytes } Mio sont libres sous { $folder }.
doctor-disk-low = seuls { $mebibytes } Mio sont libres sous { $folder } ; une sauvegarde demande la place d’une copie de la base. Faites bientôt de la place.
doctor-disk-full = seuls { $mebibytes } Mio sont libres sous { $folder }. Les changements seront refusés quand le disque sera plein ; faites de la place maintenant.
doctor-keys-new = il n’y a pas encore de clés ; le premier « serve » les crée.
doctor-keys-root-awaited = une clé d’annuaire attend la parole de la clé racine ; tant que « pro-server root install » ne l’a pas apportée, aucun serveur ne démarre ici. Pour commencer sans clé racine hors ligne, supprimez keys.first.
doctor-keys-fine = les clés de l’organisation vont ensemble ; la clé d’annuaire est valable jusqu’au { $until }.
doctor-keys-ending = la clé d’annuaire prend fin le { $until } ; passé cette date, aucun appareil ne pourra être inscrit. Prolongez-la d’un an : « pro-server keys renew », ou « pro-server keys request » si la clé racine est gardée ailleurs.
doctor-keys-root-here = la clé racine de l’organisation est dans keys/organization-root.key. Qui prendrait ce serveur pourrait en recommencer le journal. Portez ce fichier en lieu sûr, hors de tout réseau, et effacez-le ici.
doctor-keys-missing = la base contient une organisation dont les clés ne sont pas dans keys/. Restaurez une sauvegarde ; de nouvelles clés seraient une autre organisation.
doctor-keys-expired = la clé d’annuaire a pris fin le { $until } et aucun appareil ne peut être inscrit. Prolongez-la d’un an : « pro-server keys renew », ou « pro-server keys request » si la clé racine est gardée ailleurs. L’horloge est-elle juste ?
doctor-keys-damaged = keys/{ $file } est abîmé. Restaurez-le à partir d’une sauvegarde.
doctor-keys-unreadable = un fichier de keys/ ne peut pas être lu ({ $reason }). Corrigez son propriétaire et ses droits.
doctor-clock-fine = l’horloge dit { $now }, et rien d’enregistré n’est postérieur.
doctor-clock-behind = l’horloge dit { $now }, mais quelque chose a été enregistré à { $newest }. Réglez l’horloge ; activez la synchronisation de l’heure.
doctor-clock-behind-keys = l’horloge dit { $now }, ce qui précède le début de la clé d’annuaire. Réglez l’horloge ; activez la synchronisation de l’heure.
doctor-database-new = il n’y a pas encore de base de données ; le premier « serve » la crée.
doctor-database-missing = la base de données de l’organisation de keys/ manque. Remettez server.db à sa place, ou restaurez une sauvegarde dans un dossier vide ; le serveur ne démarre pas sans elle.
doctor-database-fine = la base de données est intacte.
doctor-database-postgres-fine = la base de données { $place } répond et contient nos tables.
doctor-database-empty = l’organisation de keys/ n’est pas dans la base de données { $place }. Corrigez [store], transférez-y l’organisation (« pro-server store copy »), ou restaurez une sauvegarde ; sans elle, le serveur ne démarre pas.
doctor-database-open = rien n’assure que { $place } est bien la base de données ni que personne n’écoute en chemin. Retirez sslmode de l’URL, ou mettez verify-full, et faites désigner par [store] ca_file les racines de son certificat.
doctor-database-newer = la base de données vient d’un programme plus récent. Installez cette version ou une plus récente.
doctor-database-put-back = la base de données { $place } est plus ancienne que ce que ce serveur a montré : elle a été ramenée à un jour antérieur, ou [store] désigne une ancienne copie. Corrigez [store], ou remettez la copie la plus récente ; si elle est perdue, lancez « pro-server log reset ».
doctor-database-damaged = la base de données est abîmée. Arrêtez le serveur, gardez le dossier pour examen, et restaurez la dernière sauvegarde dans un dossier vide.
doctor-database-unreadable = la base de données ne peut pas être lue. Corrigez son propriétaire et ses droits ; s’ils sont justes, restaurez la dernière sauvegarde.
doctor-database-full = la base de données ne peut pas être lue parce que le disque est plein. Faites de la place.
doctor-certificate-own = aucun certificat n’est configuré ; le serveur fait le sien, que les appareils reconnaissent par la liste signée de l’organisation.
doctor-certificate-fine = le certificat va avec sa clé et est valable du { $from } au { $until }.
doctor-certificate-ending = le certificat prend fin le { $until }. Renouvelez-le ; le serveur lit de lui-même les nouveaux fichiers.
doctor-certificate-expired = le certificat a pris fin le { $until }. Renouvelez-le et mettez les nouveaux fichiers en place ; le serveur les lit de lui-même.
doctor-certificate-early = le certificat ne commence que le { $from }. L’horloge est-elle juste ?
doctor-certificate-other-key = tls.key_file n’est pas la clé de tls.certificate_file. Prenez la clé avec laquelle le certificat a été demandé.
doctor-certificate-unreadable = { $file } ne peut pas être lu ({ $reason }). Corrigez le chemin ou ses droits.
doctor-certificate-unusable = { $file } n’est pas du PEM utilisable. Le certificat vient en premier dans son fichier, puis ceux qui l’ont signé ; la clé n’a pas de phrase secrète.
doctor-certificate-other-name = le certificat ne nomme pas { $host }, l’hôte de http.public_url. Les appareils s’en accommodent, pas les navigateurs. Faites-le établir pour ce nom.
doctor-ports-fine = les adresses configurées sont libres, dont { $address }.
doctor-ports-serving = un serveur tourne sur ce dossier de données et tient ses adresses.
doctor-port-taken = { $key } : { $address } est pris par un autre programme. « ss -lntup » dit lequel ; arrêtez-le ou choisissez un autre port.
doctor-port-not-here = { $key } : cette machine n’a pas l’adresse { $address }. Prenez-en une des siennes, ou 0.0.0.0 pour toutes.
doctor-port-forbidden = { $key } : cet utilisateur n’a pas droit à { $address }. Les ports inférieurs à 1024 demandent la capacité CAP_NET_BIND_SERVICE ; ou choisissez-en un plus élevé.
doctor-port-unusable = { $key } : { $address } ne peut pas servir ({ $reason }). Choisissez une autre adresse.
doctor-directory-own = aucun annuaire LDAP n’est configuré ; l’annuaire intégré sert, rempli par « people import ».
doctor-directory-fine = l’annuaire { $source } répond ({ $kind }). Personnes ayant accès : { $seen } ; groupes : { $groups }.
doctor-directory-controller = le contrôleur { $url } répond.
doctor-directory-controller-away = le contrôleur { $url } ne sert pas ({ $fault }) ; les autres font son travail. Réparez-le, ou ôtez-le de directory.ldap.url.
doctor-directory-none-with-access = l’annuaire montre { $count } personnes, dont aucune n’a accès. Vérifiez directory.ldap.required_group.
doctor-directory-withheld = sans accès : { $disabled } désactivés, { $expired } expirés, { $outside } hors du groupe exigé.
doctor-directory-live = l’annuaire signale ce qui change ; un changement prend effet en quelques secondes.
doctor-directory-timer = les changements ne sont trouvés qu’à la minuterie (directory.ldap.live vaut false).
doctor-directory-silent = l’annuaire ne sait pas signaler ce qui change ; la minuterie le trouve. Avec OpenLDAP, l’overlay syncprov le signale.
doctor-directory-changes-refused = l’annuaire pourrait signaler ce qui change et ne le fait pas pour ce compte ; la minuterie le trouve. Avec OpenLDAP, accordez-lui size=unlimited et l’overlay syncprov sur cette base ; dans Active Directory, la lecture de ses paramètres NTDS.
doctor-directory-accounts-unseen = de { $count } personnes, le compte de service ne peut pas voir si elles sont désactivées ; elles sont laissées de côté. Accordez-lui la lecture de userAccountControl.
doctor-directory-deleted-unseen = le compte de service ne peut pas voir les objets supprimés : qui est supprimé n’est trouvé qu’à la minuterie. Accordez-lui la lecture du conteneur Deleted Objects (dsacls).
doctor-directory-nobody = l’annuaire répond, et le filtre ne trouve personne sous base_dn. Vérifiez directory.ldap.base_dn et filter, et ce que le compte de service a le droit de lire.
doctor-directory-none-usable = l’annuaire montre { $skipped } entrées, dont aucune n’est utilisable. Vérifiez directory.ldap.attributes ; « pro-server sync --plan » dit ce qui manque à chacune.
doctor-directory-skipped = { $skipped } entrées de l’annuaire sont inutilisables et laissées de côté. « pro-server sync --plan » dit pourquoi.
doctor-provider-fine = le fournisseur d’identité { $name } est utilisable.
doctor-provider-roots = fournisseur d’identité { $name } : ca_file n’a pas de certificat utilisable, ou le système n’a pas de racines. Il doit être en PEM.
doctor-provider-unreachable = fournisseur d’identité { $name } : Le fournisseur d’identité est injoignable. Vérifiez issuer dans la configuration du serveur, et le réseau entre les deux.
doctor-provider-timeout = fournisseur d’identité { $name } : Le fournisseur d’identité n’a pas répondu à temps.
doctor-provider-certificate = fournisseur d’identité { $name } : Le certificat du fournisseur d’identité n’est pas reconnu. Mettez dans ca_file les racines qui l’ont signé.
doctor-provider-metadata = fournisseur d’identité { $name } : Ce que le fournisseur d’identité publie ou répond est inutilisable.
doctor-provider-issuer = fournisseur d’identité { $name } : Le fournisseur d’identité se donne un autre émetteur. Écrivez issuer exactement comme dans ses métadonnées.
doctor-provider-client = fournisseur d’identité { $name } : Le fournisseur d’identité ne connaît pas ce serveur. Vérifiez client_id et client_secret_file.
doctor-provider-no-device-flow = fournisseur d’identité { $name } : Le fournisseur d’identité n’offre pas l’autorisation d’appareil. Retirez « device » de ways.
doctor-provider-answer = fournisseur d’identité { $name } : Le fournisseur d’identité répond par une erreur ; son propre journal en dit plus.

# Approbateurs : ceux dont la fin d’une identité demande la signature.
about-approver = Les personnes dont la fin d’une identité demande la signature, avec des clés que ce serveur n’a jamais.
about-approver-key = Créer la clé d’un approbateur, sur sa propre machine. Affiche sa clé publique.
about-approver-name = Avec la clé racine, sur sa machine : désigner les approbateurs, et combien d’entre eux doivent consentir.
about-approver-install = Inscrire au journal ce que la clé racine a signé ; dès lors, les appareils exigent eux aussi ces signatures.
about-approver-sign = En tant qu’approbateur, sur sa propre machine : consentir à la fin d’une identité.
arg-approver-needed = combien doivent consentir ; 0 pour ne plus le demander à personne
arg-approver-serial = le numéro de cette liste ; supérieur à celui de la précédente
arg-approver-keys = les clés publiques des approbateurs
arg-approver-key = la clé de l’approbateur
arg-approver-order = ce qu’a écrit « people reset-identity --request »
arg-approver-person = l’identifiant interne de la personne, tel qu’elle l’a donné (« isoloir --json whoami ») : pour qui a changé de nom de connexion depuis
arg-approver-yes = signer sans poser de question, pour les scripts
arg-reset-request = écrire dans ce fichier ce que les approbateurs doivent signer, sans rien changer
arg-reset-signed = ce qu’un approbateur a signé ; une fois pour chacun
approver-no-order = Ce n’est pas un tel fichier : il faut ce qu’a écrit « people reset-identity --request », ou ce qu’un approbateur ou la clé racine a signé.
approver-bad-list = Une telle liste ne peut être suivie : des clés différentes, au moins autant qu’il faut de signatures, 16 au plus, dont 8 au plus doivent consentir.
approver-key = La clé est dans { $file } : gardez-la pour vous, et une copie en lieu sûr.
    Sa clé publique, pour qui détient la clé racine :
    { $key }
approver-named = { $file } : { $needed } sur { $people } doivent consentir, dans l’organisation { $organization }.
    Sur le serveur : pro-server approver install { $file }
approver-order = { $file } : la fin de l’identité de { $login } ({ $person }), en date du { $at }.
    Chaque approbateur, sur sa propre machine : pro-server approver sign --key CLÉ { $file } SIGNÉ
approver-asks = Il vous est demandé de consentir à la fin de l’identité de { $login }, dans l’organisation { $organization }, en date du { $at }.
    Le journal de l’organisation lie ce nom de connexion à la personne { $person }.
    Dès lors, la clé de cette personne et tous ses appareils ne comptent plus, définitivement ; tous ceux qui la connaissent en sont avertis. Qui emploie ensuite
    le lien à usage unique devient cette personne : assurez-vous de qui le demande.
approver-asks-by-id = Il vous est demandé de consentir à la fin de l’identité de la personne { $person }, dans l’organisation { $organization }, en date du { $at }.
    C’est l’identifiant interne que vous avez donné. Le nom de connexion { $login } n’est que la parole du serveur : le journal ne le lie pas à cette personne.
    Dès lors, la clé de cette personne et tous ses appareils ne comptent plus, définitivement ; tous ceux qui la connaissent en sont avertis. Qui emploie ensuite
    le lien à usage unique devient cette personne : assurez-vous de qui le demande.
approver-agree = Tapez « oui » pour signer :
answer-yes = oui
approver-not-agreed = Rien n’a été signé.
approver-yes-needed = Aucun terminal pour poser la question. Lisez l’ordre sur l’un d’eux, ou signez avec --yes.
approver-stale = Cet ordre a plus d’une semaine, ou sa date est à venir : il ne compterait pas. Demandez-en un nouveau. Rien n’a été signé.
approver-other-person = Cet ordre met fin à l’identité d’une autre personne que celle dont vous avez donné l’identifiant interne. Rien n’a été signé. Demandez qui l’a écrit.
approver-other-login = Cet ordre dit « { $login } », et le journal de l’organisation ne lie pas ce nom à la personne dont il finit l’identité. Ou bien ce nom a changé depuis l’inscription de la personne, ou bien quelqu’un vise une autre personne qu’il ne dit. Rien n’a été signé. Demandez à la personne son identifiant interne (« isoloir --json whoami ») et donnez-le avec --person-id.
approver-signed = { $file } : vous consentez à la fin de l’identité de { $login } ({ $person }), en date du { $at }.
    Sur le serveur : pro-server people reset-identity LOGIN --signed { $file }
refused-unapproved = La clé racine a désigné des approbateurs, et ils n’y ont pas consenti. Écrivez ce qu’ils doivent signer avec --request FICHIER, puis revenez avec --signed FICHIER pour chacun.
refused-identity-order = Ce ne sont pas des signatures, sous un même ordre des sept derniers jours, pour mettre fin à l’identité actuelle de cette personne ; ou personne n’en demande. Recommencez avec --request FICHIER.
refused-approvers = Cette liste d’approbateurs n’est pas signée par la clé racine de l’organisation, ou son numéro n’est pas supérieur à celui de la liste en vigueur. Rien n’a été changé.
